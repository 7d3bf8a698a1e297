"""One file a kind of export; `registry` lists them by the name a shop file gives them."""
