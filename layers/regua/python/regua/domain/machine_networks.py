"""What is publicly known about the programs that open mail before, or instead of, a person.

Data only; `regua.domain.hit_classifier` decides. Autonomous systems and reverse names are not here:
they need a lookup, which the second, asynchronous stage may afford.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NETWORKS = (
    # (network, hits it speaks about, certainty, who)
    # Exchange Online Protection. Source: Microsoft 365 endpoint sets 9 and 10, as listed in
    # github.com/warmbly/warmbly tracking/scanner-networks.txt at 0b624e75f3.
    ("40.92.0.0/15", "all", "certain", "microsoft-365-protection"),
    ("40.107.0.0/16", "all", "certain", "microsoft-365-protection"),
    ("52.100.0.0/14", "all", "certain", "microsoft-365-protection"),
    ("52.238.78.88/32", "all", "certain", "microsoft-365-protection"),
    ("104.47.0.0/17", "all", "certain", "microsoft-365-protection"),
    ("2a01:111:f400::/48", "all", "certain", "microsoft-365-protection"),
    ("2a01:111:f403::/48", "all", "certain", "microsoft-365-protection"),
    # Barracuda Email Gateway Defense. Source: the same list.
    ("3.24.133.128/25", "all", "certain", "barracuda"),
    ("13.200.136.128/25", "all", "certain", "barracuda"),
    ("15.222.16.128/25", "all", "certain", "barracuda"),
    ("18.133.136.96/27", "all", "certain", "barracuda"),
    ("18.133.136.128/26", "all", "certain", "barracuda"),
    ("18.184.203.224/27", "all", "certain", "barracuda"),
    ("18.185.115.192/26", "all", "certain", "barracuda"),
    ("35.157.190.224/27", "all", "certain", "barracuda"),
    ("35.176.92.96/27", "all", "certain", "barracuda"),
    ("209.222.82.0/24", "all", "certain", "barracuda"),
    # Safe Links detonation, observed and not published. Source: opencollective#3656, gophish#2646.
    ("40.94.0.0/16", "click", "probable", "microsoft-safe-links"),
    # Apple's own network, from which Mail Privacy Protection fetched images. Source: SocketLabs,
    # "Identifying Apple MPP opens"; most of it egresses through partners: only the agent shows.
    ("17.0.0.0/8", "open", "certain", "apple-privacy"),
    # Google's crawlers and image proxy: nobody browses from it. Source: Google, "Verify requests
    # from Google crawlers and fetchers" (googlebot.json).
    ("66.249.64.0/19", "click", "certain", "google-crawler"),
)
PRIVACY_NETWORKS = frozenset({"apple-privacy"})

IMAGE_PROXY_WORDS = frozenset(
    # Gmail, Yahoo, Rambler, Seznam: fetched when the person looks, through the mailbox provider.
    {"googleimageproxy", "yahoomailproxy", "imageproxy", "seznamemailproxy"}
)
PREFETCH_AGENTS = frozenset(
    # The Gmail app's fetch ahead of the reader. Source: SparkPost, "Gmail prefetching images".
    # Chrome's proxy for links. Source: Matomo device-detector, bots.yml (Service Agent).
    {
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
            " Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
        ),
        "Chrome Privacy Preserving Prefetch Proxy",
    }
)
AUTOMATIC_PRODUCTS = _words(
    # First product of the agent string, as each library or service documents its default.
    """
    go-http-client wget wget2 curl libcurl java python-requests python-urllib python python-httpx
    aiohttp httpx axios node node-fetch undici got guzzlehttp php php-curl-class ruby faraday
    rest-client httparty libwww-perl lwp-trivial lwp::simple apache-httpclient jakarta
    commons-httpclient lua-resty-http postmanruntime insomnia reqwest hyper ureq winhttp
    httpie scrapy jigsaw collectd prometheus matomo wordpress munin check_http mechanize
    whatsapp google-extended meta-externalfetcher meta-externalagent meta-externalads
    meta-webindexer keycdn-tools anthropic-ai cohere-ai phpmyadmin friendica hubpages
    """
)
MACHINE_WORDS = _words(
    # Whole words of the agent string. Mail gateways and link detonation first, then headless
    # browsers, vulnerability scanners, previews, monitors and crawlers that do not call
    # themselves a bot. Source: the vendors' own agent strings as collected in Matomo
    # device-detector (bots.yml) and monperrus/crawler-user-agents.
    """
    proofpoint barracuda barracudacentral mimecast ironport forcepoint trendmicro symantec zscaler
    fortinet fortiguard mcafee fireeye messagelabs spfbl existence safelinks urldefense cloudmark
    headlesschrome phantomjs slimerjs selenium puppeteer playwright htmlunit
    bingpreview skypeuripreview linkpreview viberurldownloader slackbot cardyb
    arachni nmap nikto sqlmap nessus openvas qualys detectify probely probelyspdr censysinspect
    expanseinc netsystemsresearch shodan zgrab masscan nuclei jndi l9tcpid l9explore
    securityheaders securitytxt recordedfuture snoopsecinspect acunetix netsparker
    facebookexternalhit facebookexternalua facebookplatform
    archiver heritrix nutch slurp teoma exabot blekko ezooms coccoc daumoa gigablast
    gigablastopensource ichiro sistrix screaming semrush ahrefs qwantify dataprovider embedly
    outbrain
    nuzzel bytespider petalbot archive validator checklink checker feedfetcher feedburner feedbin
    subscribers uptime uptimerobot statuscake site24x7 pingdom monitoring nagios phpservermon
    datadog blackbox crawling crawlers webcrawler scrapy robot robots screenshot downloader fetcher
    indexer transcoder gptbot anthropic claude cohere perplexity openai firecrawlagent
    webzio diffbot kiwitcms fedilist scanning verification
    """
)
MACHINE_SUFFIXES = ("bot", "spider", "crawler", "scanner", "scraper")
MACHINE_PHRASES = (
    # Where no single word of the string gives it away; the first four introduce an address, which
    # robots give and browsers do not.
    "http://",
    "https://",
    "mailto:",
    "${",
    "adsbot-google",
    "apis-google",
    "exchange check",
    "banner detection",
    "feed wrangler",
    "google favicon",
    "health check",
    "health-check",
    "ips-agent",
    "link preview",
    "paypal ipn",
    " dcv",
)
PERSON_WORDS = frozenset(
    # Words that end like a machine's name and belong to a person's device or application:
    # the CUBOT phones, and document scanning applications with a built-in browser.
    {"cubot", "camscanner"}
)
PERSON_URLS = ("bsalsa.com",)
"""Addresses that ordinary browsers of the past carried in their agent string."""

COMPATIBLE_BROWSERS = _words(
    # Browsers that introduce themselves as "(compatible; …"; anything else that does is a robot.
    "msie konqueror netpositive webpositive abrowse ibrowse opera msoffice icab omniweb"
)
BROWSER_PLATFORMS = _words(
    """
    windows macintosh mac iphone ipad ipod android linux x11 cros bsd freebsd openbsd netbsd sunos
    tizen webos web0s kaios playstation nintendo xbox blackberry bb10 symbian symbianos series40
    series60 s60v5 midp amigaos amiga beos haiku inferno darwin ios mobile bada crkey smarttv
    """
)
CLIENT_PROGRAMS = _words(
    # Mail programs first, then browsers and in-app browsers that may name no platform.
    """
    outlook macoutlook thunderbird icedove airmail barca barcapro bat emclient windowsmail postbox
    spark mailbird navermailapp yahoo lotus evolution kmail claws foxmail samsungemail msoffice
    betterbird canary edison protonmail firefox duckduckgo lynx fban fbav opera
    """
)

GATEWAY_REWRITE_HOSTS = (
    # A link rewritten by a mail gateway: whoever arrives from there was let through by it.
    "safelinks.protection.outlook.com",
    "urldefense.proofpoint.com",
    "urldefense.com",
    "linkprotect.cudasvc.com",
    "mimecast.com",
    "secure-web.cisco.com",
)
