"""Proof: what waves earned. `outcomes` joins arms with later orders, `readout` judges them, `reports` writes them down."""
