"""One file a kind of export. `PROFILES` lists them, by the name a shop file gives them."""

from winback.sources.profiles.cdnow import CDNOW
from winback.sources.profiles.columns import own_columns
from winback.sources.profiles.completejourney import COMPLETE_JOURNEY
from winback.sources.profiles.douyin import DOUYIN
from winback.sources.profiles.jd import JD
from winback.sources.profiles.online_retail import ONLINE_RETAIL
from winback.sources.profiles.shopify import SHOPIFY
from winback.sources.profiles.taobao import TAOBAO
from winback.sources.profiles.tmall_2013 import TMALL_2013
from winback.sources.profiles.woocommerce import WOOCOMMERCE
from winback.sources.profiles.youzan import YOUZAN

PROFILES = {
    profile.name: profile
    for profile in (TAOBAO, JD, YOUZAN, DOUYIN, SHOPIFY, WOOCOMMERCE, TMALL_2013, ONLINE_RETAIL, CDNOW, COMPLETE_JOURNEY)
}

__all__ = ["PROFILES", "own_columns"]
