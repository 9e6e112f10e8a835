// oauth4webapi, step by step: discovery by RFC 8414, the check of the answer's iss and
// state, code with PKCE, refresh, introspection, revocation, a device that waits, and the
// token's own check by the published keys (RFC 9068).
import * as oauth from 'oauth4webapi'
import { ask, done, expect, input, refused } from './talk.mjs'

const insecure = { [oauth.allowInsecureRequests]: true }
const issuer = new URL(input.issuer)
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }))
expect('iss is promised', as.authorization_response_iss_parameter_supported === true)

const site = { client_id: input.site.client_id }
const siteAuth = oauth.ClientSecretBasic(input.site.client_secret)
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const url = new URL(as.authorization_endpoint)
for (const [name, value] of Object.entries({
  client_id: site.client_id, redirect_uri: input.redirect, response_type: 'code', scope: 'read', state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})) url.searchParams.set(name, value)

const denied = new URL(await ask('deny', url.href))
await refused('a no', async () => oauth.validateAuthResponse(as, site, denied, state), (e) => e.error === 'access_denied')
const returned = new URL(await ask('allow', url.href))
await refused('another state', async () => oauth.validateAuthResponse(as, site, returned, 'another'))
const params = oauth.validateAuthResponse(as, site, returned, state)
const exchange = () => oauth.authorizationCodeGrantRequest(as, site, siteAuth, params, input.redirect, verifier, insecure)
const tokens = await oauth.processAuthorizationCodeResponse(as, site, await exchange())
expect('token type and scope', tokens.token_type === 'bearer' && tokens.scope === 'read')

const call = new Request(new URL('/api/v1/me', issuer), { headers: { authorization: `Bearer ${tokens.access_token}` } })
const claims = await oauth.validateJwtAccessToken(as, call, input.issuer, insecure)
expect('the claims', claims.client_id === site.client_id && claims.scope === 'read')

const next = await oauth.processRefreshTokenResponse(as, site, await oauth.refreshTokenGrantRequest(as, site, siteAuth, tokens.refresh_token, insecure))
expect('the refresh token rotates', next.refresh_token && next.refresh_token !== tokens.refresh_token)
await ask('later', '')
await refused('the code again', async () => oauth.processAuthorizationCodeResponse(as, site, await exchange()), (e) => e.error === 'invalid_grant')
await refused('a refresh after that',
  async () => oauth.processRefreshTokenResponse(as, site, await oauth.refreshTokenGrantRequest(as, site, siteAuth, next.refresh_token, insecure)),
  (e) => e.error === 'invalid_grant')

const server = { client_id: input.server.client_id }
const serverAuth = oauth.ClientSecretPost(input.server.client_secret)
const active = async (token) =>
  (await oauth.processIntrospectionResponse(as, server, await oauth.introspectionRequest(as, server, serverAuth, token, insecure))).active
expect('what the second use of the code ended', (await active(next.access_token)) === false)
const own = await oauth.processClientCredentialsResponse(as, server, await oauth.clientCredentialsGrantRequest(as, server, serverAuth, {}, insecure))
expect('a live token', (await active(own.access_token)) === true)
await oauth.processRevocationResponse(await oauth.revocationRequest(as, server, serverAuth, own.access_token, insecure))
expect('a revoked token', (await active(own.access_token)) === false)

const camera = { client_id: input.camera.client_id }
const waiting = await oauth.processDeviceAuthorizationResponse(as, camera, await oauth.deviceAuthorizationRequest(as, camera, oauth.None(), { scope: 'read' }, insecure))
const poll = async () => oauth.processDeviceCodeResponse(as, camera, await oauth.deviceCodeGrantRequest(as, camera, oauth.None(), waiting.device_code, insecure))
await refused('a poll before the answer', poll, (e) => e.error === 'authorization_pending')
await refused('a poll without waiting', poll, (e) => e.error === 'slow_down')
await ask('device', waiting.user_code)
expect('the device grant', (await poll()).access_token)

done({})
