# What IoTConnect's published Python client does (avnet-iotconnect/iotc-python-rest-api, the package
# iotconnect-rest-api), with Python's own library in place of requests and jmespath, which it needs. The
# requests are those of its modules apiurl, credentials, accesstoken, user, entity, template and device,
# with their paths, headers, parameters and bodies, and the answers are read by the rules of apirequest:
# only 200 is a success (and 204 where a module says so), data is a list, get_one takes a list of none or
# one, 409 and 404 mean "none" in the look-ups where the modules say so, and an answer that isn't JSON is
# an error. Releases 2 and 3 differ in where entities are looked up, and in whether the payload of the
# access token is padded before it is decoded: both are done here.
#
# The only thing to change in that client is the host of discovery. Usage:
#
#   python3 iotconnect.py DISCOVERY_URL SOLUTION_KEY USERNAME PASSWORD
#
# Prints "ok" after the last step, or fails with what was wrong.

import base64
import datetime
import io
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid


class ApiException(Exception):
    def __init__(self, message, status=None):
        super().__init__(f"{message} ({status})")
        self.status = status


class AuthError(ApiException):
    pass


class ConflictResponseError(ApiException):
    pass


class NotFoundResponseError(ApiException):
    pass


class Config:
    access_token = refresh_token = None
    token_time = token_expiry = 0


config = Config()
endpoints = {}


def send(method, url, headers, body=None):
    sent = {"User-Agent": "python-requests/2.32.3", "Accept-Encoding": "identity", "Accept": "*/*"}
    sent.update(headers)
    req = urllib.request.Request(url, data=body, headers=sent, method=method)
    try:
        with urllib.request.urlopen(req, timeout=30) as res:
            return res.status, res.read()
    except urllib.error.HTTPError as e:
        return e.code, e.read()


class Response:
    def __init__(self, status, raw):
        self.status = status
        try:
            self.body = json.loads(raw)
        except ValueError:
            if status not in (204, 404):
                raise ApiException("the answer isn't JSON: %r" % raw[:200], status)
            self.body = []
        self.data = self.body.get("data") if isinstance(self.body, dict) else None
        if self.data is None:
            self.data = []

    def ensure_success(self, codes_ok):
        if self.status == 200 or self.status in codes_ok:
            return
        message = json.dumps(self.body)
        if not isinstance(self.body, dict) or self.body.get("status") != self.status or not isinstance(self.body.get("error"), list):
            raise ApiException("not an envelope: " + message, self.status)
        raise {403: AuthError, 409: ConflictResponseError, 404: NotFoundResponseError}.get(self.status, ApiException)(message, self.status)

    def all(self, fields):
        # jmespath's [*] gives null for what isn't a list, and then the client fails.
        if not isinstance(self.data, list):
            raise TypeError("data is no list: %r" % (self.data,))
        for item in self.data:
            missing = [f for f in fields if f not in item]
            if missing:
                raise TypeError("missing %s in %r" % (missing, item))
        return self.data

    def one(self, fields=()):
        values = self.all(fields)
        if len(values) > 1:
            raise ApiException("more than one value")
        return values[0] if values else None


def request(service, path, body=None, params=None, headers=None, method=None, file=None, codes_ok=()):
    if headers is None:
        headers = auth_headers()
    headers = dict(headers)
    data = None
    if body is not None:
        data = json.dumps(body).encode()
        headers["Content-Type"] = "application/json"
    if file is not None:
        boundary = uuid.uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n\r\n'
        data = head.encode() + file.read().encode() + f"\r\n--{boundary}--\r\n".encode()
        headers["Content-Type"] = "multipart/form-data; boundary=" + boundary
    url = endpoints[service] + urllib.parse.quote(path, safe="!#$%&'()*+,/:;=?@[]~")
    if params:
        url += "?" + urllib.parse.urlencode(params)
    response = Response(*send(method or ("POST" if data is not None else "GET"), url, headers, data))
    response.ensure_success(codes_ok)
    return response


def none_on(error, look_up):
    try:
        return look_up()
    except error:
        return None


def now():
    return datetime.datetime.now(datetime.timezone.utc).timestamp()


# apiurl


def configure_using_discovery(host, skey, pf, env):
    params = {"version": "2.1" if pf == "aws" else "2", "pf": pf}
    status, raw = send("GET", f"{host}/api/uisdk/solutionkey/{skey}/env/{env}?" + urllib.parse.urlencode(params), {})
    if status != 200:
        raise ApiException("discovery failed: %r" % raw, status)
    found = json.loads(raw).get("data")
    for service in "master auth user device firmware event telemetry file".split():
        endpoints[service] = found.get(service + "BaseUrl")
        if endpoints[service] is None:
            raise ApiException("discovery has no address of " + service)


# credentials


def take_tokens(response):
    config.access_token = response.body["access_token"]
    config.refresh_token = response.body["refresh_token"]
    config.token_time = now()
    config.token_expiry = config.token_time + response.body["expires_in"]


def authenticate(username, password, skey):
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    basic = request("auth", "/Auth/basic-token", headers=headers).body["data"]
    headers = {"Accept": "application/json", "Authorization": "Basic %s" % basic, "Solution-key": skey}
    take_tokens(request("auth", "/Auth/login", body={"username": username, "password": password}, headers=headers))


def refresh():
    take_tokens(request("auth", "/Auth/refresh-token", body={"refreshtoken": config.refresh_token}, headers={}))


def auth_headers():
    if config.token_expiry < now():
        raise AuthError("Token expired")
    return {"Accept": "application/json", "Authorization": "Bearer " + config.access_token}


# accesstoken


def decode_access_token():
    parts = config.access_token.split(".")
    assert len(parts) == 3
    unpadded = json.loads(base64.b64decode(parts[1]).decode("utf-8"))
    payload = parts[1] + "=" * (-len(parts[1]) % 4)
    padded = json.loads(base64.b64decode(payload).decode("utf-8"))
    assert unpadded == padded
    for claim in "exp iss aud user".split():
        assert claim in padded, claim
    for member in "id companyId roleId roleName cpId entityGuid solutionGuid solutionKey".split():
        assert isinstance(padded["user"][member], str) and padded["user"][member], member
    return padded


# user

USER, FOUND_USER = ("userGuid", "userId", "companyCpid"), ("guid", "userId")


def user_by_guid(guid):
    return none_on(NotFoundResponseError, lambda: request("user", f"/User/{guid}").one(USER))


def user_by_email(email):
    found = request("user", f"/User/{email}/availability", codes_ok=[204]).one(FOUND_USER)
    return None if found is None else request("user", f"/User/{found['guid']}", codes_ok=[204]).one(USER)


# entity

ENTITY = ("guid", "name", "parentEntityGuid")


def entities(path):
    return request("user", path, codes_ok=[204]).all(ENTITY)


def root_entity(path):
    roots = [e for e in entities(path) if e["parentEntityGuid"] is None]
    assert len(roots) == 1, roots
    return roots[0]


# template

TEMPLATE = "guid templateCode templateName isEdgeSupport isIotEdgeEnable authType tag messageVersion greenGrass".split()


def template_by_code(code):
    return none_on(ConflictResponseError, lambda: request("device", f"/device-template/template-code/{code}").one(TEMPLATE))


def template_by_guid(guid):
    return none_on(NotFoundResponseError, lambda: request("device", f"/device-template/{guid}").one(TEMPLATE))


def create_template(document, code, name):
    document = dict(document, code=code, name=name)
    made = request("device", "/device-template/quick", file=io.StringIO(json.dumps(document, separators=(",", ":")))).one(["deviceTemplateGuid"])
    return made["deviceTemplateGuid"].upper()


def delete_template(guid):
    return request("device", f"/device-template/{guid}", method="DELETE").one()


def template_attributes(guid):
    return none_on(ConflictResponseError, lambda: request("device", f"/template-attribute/{guid}", params={"pageSize": 1000}).all(["guid"])) or []


# device

DEVICE = "guid uniqueId displayName isActive deviceTemplateGuid messageVersion isAcquired isEdgeSupport isParentAcquired".split()


def device_by_guid(guid):
    return none_on(ConflictResponseError, lambda: request("device", f"/Device/{guid}").one(DEVICE))


def device_by_duid(duid):
    return none_on(ConflictResponseError, lambda: request("device", f"/Device/uniqueId/{duid}").one(DEVICE))


def create_device(template, duid, certificate, name=None, entity=None):
    data = {
        "deviceTemplateGuid": template,
        "uniqueId": duid,
        "displayName": name or duid,
        "entityGuid": entity or root_entity("/Entity/lookup")["guid"],
    }
    if certificate is not None:
        data["certificateText"] = certificate
    return request("device", "/Device", body=data).one(["newid", "entityGuid", "uniqueId"])


def set_active(guid, active):
    return request("device", f"/Device/{guid}/status", body={"isActive": active}, method="PUT").one()


def delete_device(guid):
    return request("device", f"/Device/{guid}", method="DELETE").one()


def query(service, path, fields, **filters):
    page, items = 1, []
    while True:
        response = request(service, path, params=dict(filters, pageNumber=page, pageSize=2), codes_ok=[204])
        got, count = response.all(fields), response.body.get("count")
        items += got
        if page * 2 >= count:
            return items
        page += 1


def expect(what, got, want):
    if got != want:
        raise AssertionError(f"{what} = {got!r}, want {want!r}")


def expect_error(kind, what, call):
    try:
        call()
    except kind:
        return
    raise AssertionError(what + " worked, want " + kind.__name__)


SAMPLE = {
    "authType": 2,
    "attributes": [
        {"name": "version", "type": "STRING", "description": "", "unit": "", "aggregateTypes": []},
        {"name": "place", "type": "OBJECT", "childs": [{"name": "floor", "type": "INTEGER", "unit": "m"}]},
    ],
    "commands": [{"name": "Start", "command": "start", "requiredParam": True, "requiredAck": False, "isOTACommand": False}],
    "messageVersion": "2.1", "msgCode": "43WPJCX", "greenGrass": "0", "wireless": "0",
    "properties": {"description": None, "dataFrequency": "60", "fileSupport": False}, "_meta": {"version": "2.0"},
}
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBczCCARmgAwIBAgIU\n-----END CERTIFICATE-----\n"
NOBODY = "DEADB33F-1111-1111-1111-00000DEADB33"


def main(host, skey, username, password):
    configure_using_discovery(host, skey, "aws", "poc")
    authenticate(username, password, skey)
    expect("the lifetime", round(config.token_expiry - config.token_time), 86400)

    token = decode_access_token()
    own = user_by_guid(token["user"]["id"])
    expect("the own user", (own["userGuid"], own["userId"], own["companyCpid"]), (token["user"]["id"], username, token["user"]["cpId"]))
    expect("nobody by guid", user_by_guid(NOBODY), None)
    expect("oneself by email", user_by_email(username), own)
    expect("nobody by email", user_by_email("does@not.exist.com"), None)
    expect("the solution key", token["user"]["solutionKey"], skey)

    for path in ("/Entity/lookup", "/Entity"):
        expect("the root entity", root_entity(path)["guid"], token["user"]["entityGuid"])
    root = root_entity("/Entity")
    expect("the root entity by guid", request("user", f"/Entity/{root['guid'].upper()}").one(ENTITY), root)
    expect("no entity", none_on(ConflictResponseError, lambda: request("user", f"/Entity/{NOBODY}").one(ENTITY)), None)

    expect("no template", (template_by_code("apidemo1"), template_by_guid(NOBODY), template_attributes(NOBODY)), (None, None, []))
    guid = create_template(SAMPLE, "apidemo1", "ApiExample")
    template = template_by_guid(guid)
    expect("the template by code", template_by_code("apidemo1"), template)
    expect("the template", (template["guid"].upper(), template["templateCode"], template["templateName"], template["authType"], template["greenGrass"]), (guid, "apidemo1", "ApiExample", 2, False))
    expect_error(ConflictResponseError, "a second template with the code", lambda: create_template(SAMPLE, "apidemo1", "Other"))
    expect("all templates", query("device", "/device-template", TEMPLATE), [template])
    attributes = template_attributes(guid)
    expect("the attributes", [a["localName"] for a in attributes], ["version", "place", "floor"])
    expect("the attribute within another", attributes[2]["parentTemplateAttributeGuid"], attributes[1]["guid"])

    expect("no device", (device_by_duid("apidemo-01"), device_by_guid(NOBODY)), (None, None))
    made = create_device(guid, "apidemo-01", CERTIFICATE)
    expect("what a new device says", (made["uniqueId"], made["entityGuid"]), ("apidemo-01", root["guid"]))
    device = device_by_guid(made["newid"].upper())
    expect("the device by unique id", device_by_duid("apidemo-01"), device)
    expect("the device", (device["displayName"], device["isActive"], device["deviceTemplateGuid"], device["messageVersion"], device["isAcquired"]), ("apidemo-01", True, template["guid"], "2.1", 0))
    expect_error(ConflictResponseError, "a second device with the unique id", lambda: create_device(guid, "apidemo-01", CERTIFICATE))
    for i in range(2, 6):
        create_device(guid, f"apidemo-0{i}", CERTIFICATE, name=f"Café {i}")
    expect("the pages of devices", [d["uniqueId"] for d in query("device", "/Device", DEVICE, sortBy="uniqueId desc")], [f"apidemo-0{i}" for i in (5, 4, 3, 2, 1)])
    expect("a part of a unique id", [d["uniqueId"] for d in query("device", "/Device", DEVICE, UniqueId="DEMO-03", TemplateGuid=guid, EntityGuid=root["guid"])], ["apidemo-03"])
    set_active(made["newid"], False)
    expect("inactive devices", [d["uniqueId"] for d in query("device", "/Device", DEVICE, Status="inactive")], ["apidemo-01"])
    expect("acquired devices", query("device", "/Device", DEVICE, Acquired="acquired"), [])

    expect_error(ConflictResponseError, "deleting a template in use", lambda: delete_template(guid))
    for d in query("device", "/Device", DEVICE):
        expect("what deleting a device says", delete_device(d["guid"]), None)
    expect_error(ConflictResponseError, "deleting a device again", lambda: delete_device(made["newid"]))
    expect("what deleting a template says", delete_template(guid), None)
    expect_error(NotFoundResponseError, "deleting a template again", lambda: delete_template(guid))

    refresh()
    expect("the user after a refresh", decode_access_token()["user"], token["user"])
    expect("the own user after a refresh", user_by_guid(token["user"]["id"]), own)

    # What the portal doesn't have.
    for service, path in (
        ("firmware", "/Firmware"), ("firmware", "/firmware-upgrade"), ("firmware", "/ota-update"), ("device", f"/template-command/{guid}"),
        ("file", "/File"), ("device", "/device-storage"), ("telemetry", "/telemetry"), ("event", "/rule"),
    ):
        expect_error(NotFoundResponseError, path, lambda: request(service, path))
    print("ok")


main(*sys.argv[1:])
