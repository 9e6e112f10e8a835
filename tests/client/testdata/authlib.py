# What authlib's PrivateKeyJWT (RFC 7523) sends, claim by claim: iss and sub are the client id, aud is the
# token endpoint, exp is an hour after iat unless the program says otherwise, and jti has 36 characters.
import json, secrets, string, sys, time, urllib.error, urllib.parse, urllib.request

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

told = json.loads(sys.stdin.readline())


def ask(question, value):
    print(json.dumps({"question": question, "value": value}), flush=True)
    return json.loads(sys.stdin.readline())


def sign(key, expires_in=3600, **more):
    now = int(time.time())
    claims = {"iss": told["signer"]["client_id"], "aud": told["issuer"] + "/oauth2/token", "sub": told["signer"]["client_id"], "iat": now, "exp": now + expires_in,
              "jti": "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(36)), **more}
    return jwt.encode(claims, key, algorithm="RS256", headers={"typ": "JWT"})


def token(assertion):
    form = {"grant_type": "client_credentials", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion": assertion}
    try:
        with urllib.request.urlopen(told["issuer"] + "/oauth2/token", urllib.parse.urlencode(form).encode()) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def expect(what, ok):
    if not ok:
        sys.exit(what)


key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ask("register", jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))

assertion = sign(key)
status, answer = token(assertion)
expect(f"an assertion of an hour: {status} {answer.get('error_description')}", status == 200 and answer["token_type"] == "Bearer")

for what, bad, why in [
    ("a replay", assertion, "sent before"),
    ("two hours", sign(key, 7200), "exp is 2 h ahead: at most 1 h"),
    ("milliseconds", sign(key, exp=int(time.time() * 1000)), "more than a year ahead"),
    ("another aud", sign(key, aud="https://elsewhere.example"), "aud is not this portal"),
]:
    status, answer = token(bad)
    expect(f"{what}: {status} {answer.get('error_description')}", status == 401 and answer["error"] == "invalid_client" and why in answer["error_description"])

status, answer = token(sign(rsa.generate_private_key(public_exponent=65537, key_size=2048), 7200))
expect("another key is told nothing", status == 401 and "ahead" not in answer["error_description"])
print(json.dumps({"result": {}}), flush=True)
