"""A browser without a screen: cookies with SameSite, Sec-Fetch headers, redirects, refresh pages, forms."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

RANK = {"none": 0, "same-origin": 1, "same-site": 2, "cross-site": 3}


@dataclass
class Cookie:
    name: str
    value: str
    attributes: dict

    @property
    def same_site(self):
        return self.attributes.get("samesite", "lax").lower()

    @property
    def expired(self):
        return int(self.attributes.get("max-age", "1")) <= 0

    @staticmethod
    def parse(line):
        pair, *rest = [part.strip() for part in line.split(";")]
        name, _, value = pair.partition("=")
        attributes = {key.lower(): text for key, _, text in (part.partition("=") for part in rest)}
        return Cookie(name, value, attributes)


@dataclass
class Form:
    action: str
    method: str = "get"
    fields: dict = field(default_factory=dict)


class PageParser(HTMLParser):
    """Collects what a browser acts upon: forms, links, and a refresh."""

    def __init__(self):
        super().__init__()
        self.forms, self.links, self.refresh = [], [], None

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.forms.append(Form(values.get("action", ""), values.get("method", "get").lower()))
        elif tag == "a" and "href" in values:
            self.links.append(values["href"])
        elif tag in ("input", "button") and self.forms and "name" in values:
            self.forms[-1].fields.setdefault(values["name"], values.get("value", ""))
        elif tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.refresh = values.get("content", "").partition("url=")[2].strip("'\" ")


class Page:
    """What an address answered in the end."""

    def __init__(self, response, url):
        self.response, self.url = response, url
        self.status, self.headers, self.text = response.status_code, response.headers, response.text
        parser = PageParser()
        if "html" in response.headers.get("content-type", ""):
            parser.feed(response.text)
        self.forms, self.links, self.refresh = parser.forms, parser.links, parser.refresh

    def json(self):
        return self.response.json()


@dataclass(frozen=True)
class Hop:
    method: str
    url: str
    status: int
    site: str

    @property
    def path(self):
        return urlsplit(self.url).path


def origin(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def relation(initiator, url):
    """How the page that starts a request stands to its address (Fetch Metadata, section 2.3)."""
    if initiator is None:
        return "none"
    if origin(initiator) == origin(url):
        return "same-origin"
    # Hosts here are `localhost`, names below it, and addresses: the last label decides.
    last = [urlsplit(address).hostname.rsplit(".", 1)[-1] for address in (initiator, url)]
    same = [urlsplit(address).hostname for address in (initiator, url)]
    return "same-site" if last[0] == last[1] == "localhost" or same[0] == same[1] else "cross-site"


class Browser:
    def __init__(self, timeout=30):
        self.http = httpx.Client(trust_env=False, timeout=timeout, follow_redirects=False)
        self.jar = {}  # host name → name → Cookie: cookies do not know ports
        self.history = []  # every hop of every navigation

    def close(self):
        self.http.close()

    def cookies(self, url):
        return self.jar.setdefault(urlsplit(url).hostname, {})

    def cookie_header(self, url, site, method, navigation):
        def sent(cookie):
            if site != "cross-site":
                return True
            return cookie.same_site == "none" or (cookie.same_site == "lax" and navigation and method == "GET")

        return "; ".join(f"{each.name}={each.value}" for each in self.cookies(url).values() if sent(each))

    def keep(self, url, response):
        for line in response.headers.get_list("set-cookie"):
            cookie = Cookie.parse(line)
            if cookie.expired:
                self.cookies(url).pop(cookie.name, None)
            else:
                self.cookies(url)[cookie.name] = cookie

    def send(self, method, url, site, navigation, headers=None, **options):
        fields = {"Sec-Fetch-Site": site, "Accept": "text/html,*/*;q=0.8" if navigation else "*/*"}
        fields["Sec-Fetch-Mode"] = "navigate" if navigation else "cors"
        fields["Sec-Fetch-Dest"] = "document" if navigation else "empty"
        if cookies := self.cookie_header(url, site, method, navigation):
            fields["Cookie"] = cookies
        fields.update(headers or {})
        response = self.http.request(method, url, headers=fields, **options)
        self.keep(url, response)
        return response

    def navigate(self, url, initiator=None, method="GET", data=None, hops=20):
        """Goes to an address, through redirects and refresh pages, like a click on a page of `initiator`
        (None: typed into the address bar)."""
        site = relation(initiator, url)
        headers = {"Origin": origin(initiator)} if method == "POST" and initiator else {}
        for _ in range(hops):
            response = self.send(method, url, site, navigation=True, data=data, headers=headers)
            self.history.append(Hop(method, url, response.status_code, site))
            page = Page(response, url)
            if response.has_redirect_location:
                target = urljoin(url, response.headers["location"])
                # A chain of redirects is as foreign as its most foreign link.
                site = max(site, relation(initiator and url, target), key=RANK.get)
            elif page.refresh is not None:
                target = urljoin(url, page.refresh)
                initiator, site = url, relation(url, target)
            else:
                return page
            url, method, data, headers = target, "GET", None, {}
        raise AssertionError(f"more than {hops} hops: {[hop.url for hop in self.history[-hops:]]}")

    def submit(self, page, values=None, form=0):
        """Sends a form of the page with these values filled in."""
        chosen = page.forms[form]
        data = {**chosen.fields, **(values or {})}
        return self.navigate(urljoin(page.url, chosen.action), page.url, chosen.method.upper(), data)

    def fetch(self, url, method="GET", page=None, headers=None, **options):
        """A script's fetch() on a page (by default one of the address's own origin), with its cookies."""
        initiator = page or origin(url) + "/"
        fields = {} if method in ("GET", "HEAD") else {"Origin": origin(initiator)}
        return self.send(method, url, relation(initiator, url), False, headers={**fields, **(headers or {})}, **options)

    def call(self, url, method="GET", **options):
        """A fetch() as the frontend does it: with the header that a form cannot send."""
        return self.fetch(url, method, headers={"X-CSRF": "1", **options.pop("headers", {})}, **options)
