"""Every kind of export we know, by the name a shop file gives it."""

from winback.data.platforms.cdnow import CDNOW
from winback.data.platforms.completejourney import COMPLETE_JOURNEY
from winback.data.platforms.douyin import DOUYIN
from winback.data.platforms.jd import JD
from winback.data.platforms.online_retail import ONLINE_RETAIL
from winback.data.platforms.shopify import SHOPIFY
from winback.data.platforms.taobao import TAOBAO
from winback.data.platforms.tmall_2013 import TMALL_2013
from winback.data.platforms.woocommerce import WOOCOMMERCE
from winback.data.platforms.youzan import YOUZAN

PROFILES = {
    profile.name: profile
    for profile in (
        TAOBAO,
        JD,
        YOUZAN,
        DOUYIN,
        SHOPIFY,
        WOOCOMMERCE,
        TMALL_2013,
        ONLINE_RETAIL,
        CDNOW,
        COMPLETE_JOURNEY,
    )
}
