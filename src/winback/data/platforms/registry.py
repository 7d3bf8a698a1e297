"""Every kind of export we know, by the name a shop file gives it."""

from winback.data.platforms.amazon import AMAZON
from winback.data.platforms.bigcommerce import BIGCOMMERCE
from winback.data.platforms.cdnow import CDNOW
from winback.data.platforms.completejourney import COMPLETE_JOURNEY
from winback.data.platforms.douyin import DOUYIN
from winback.data.platforms.ebay import EBAY
from winback.data.platforms.etsy import ETSY
from winback.data.platforms.jd import JD
from winback.data.platforms.kuaishou import KUAISHOU
from winback.data.platforms.lightspeed import LIGHTSPEED
from winback.data.platforms.magento import MAGENTO
from winback.data.platforms.online_retail import ONLINE_RETAIL
from winback.data.platforms.pinduoduo import PINDUODUO
from winback.data.platforms.prestashop import PRESTASHOP
from winback.data.platforms.shopify import SHOPIFY
from winback.data.platforms.shopware import SHOPWARE
from winback.data.platforms.square import SQUARE
from winback.data.platforms.stripe import STRIPE
from winback.data.platforms.taobao import TAOBAO
from winback.data.platforms.tiendanube import TIENDANUBE
from winback.data.platforms.tiktok import TIKTOK
from winback.data.platforms.tmall_2013 import TMALL_2013
from winback.data.platforms.woocommerce import WOOCOMMERCE
from winback.data.platforms.xiaohongshu import XIAOHONGSHU
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
        AMAZON,
        BIGCOMMERCE,
        EBAY,
        ETSY,
        KUAISHOU,
        LIGHTSPEED,
        MAGENTO,
        PINDUODUO,
        PRESTASHOP,
        SHOPWARE,
        SQUARE,
        STRIPE,
        TIENDANUBE,
        TIKTOK,
        XIAOHONGSHU,
        TMALL_2013,
        ONLINE_RETAIL,
        CDNOW,
        COMPLETE_JOURNEY,
    )
}
