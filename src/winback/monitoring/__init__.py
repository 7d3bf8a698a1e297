"""What came in and what came true → whether to worry: drift, accuracy, calibration (B59–B61, B99).

`drift` compares two weeks' customers, `accuracy` a forecast with what happened since. Each says
"unknown" where it cannot tell: that is no green light. Records of alerts are the ledger's.
"""
