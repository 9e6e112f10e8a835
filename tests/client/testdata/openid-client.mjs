// openid-client: discovery, code with PKCE and the check of iss, refresh, introspection,
// revocation, client credentials, private_key_jwt, device.
import * as client from 'openid-client'
import { generateKeyPair } from 'oauth4webapi'
import { ask, done, expect, input, refused } from './talk.mjs'

const options = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
const discover = (id, auth) => client.discovery(new URL(input.issuer), id, undefined, auth, options)

async function authorize(config, scope) {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: input.redirect,
    scope,
    state,
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  const returned = new URL(await ask('allow', url.href))
  return { returned, checks: { pkceCodeVerifier: verifier, expectedState: state } }
}

for (const [kind, app, auth] of [
  ['web', input.site, client.ClientSecretBasic(input.site.client_secret)],
  ['web by post', input.site, client.ClientSecretPost(input.site.client_secret)],
  ['native', input.camera, client.None()],
]) {
  const config = await discover(app.client_id, auth)
  const mixedUp = await authorize(config, 'read')
  mixedUp.returned.searchParams.set('iss', 'https://elsewhere.example')
  await refused('a wrong iss', () => client.authorizationCodeGrant(config, mixedUp.returned, mixedUp.checks),
    (e) => /"iss"/.test(`${e.message} ${e.cause?.message}`))

  const { returned, checks } = await authorize(config, 'read write')
  const tokens = await client.authorizationCodeGrant(config, returned, checks)
  expect(`${kind}: scope, lifetime, refresh token`, tokens.scope === 'read write' && tokens.expiresIn() > 3500 && tokens.refresh_token)
  const next = await client.refreshTokenGrant(config, tokens.refresh_token)
  expect(`${kind}: the refresh token rotates`, next.refresh_token && next.refresh_token !== tokens.refresh_token)
  const answer = await client.fetchProtectedResource(config, next.access_token, new URL('/api/v1/me', input.issuer), 'GET')
  expect(`${kind}: the API takes the token`, answer.status === 200)
  await client.tokenRevocation(config, next.refresh_token)
  await refused(`${kind}: a refresh after the revocation`, () => client.refreshTokenGrant(config, next.refresh_token), (e) => e.error === 'invalid_grant')
}

const own = await discover(input.server.client_id, client.ClientSecretPost(input.server.client_secret))
const granted = await client.clientCredentialsGrant(own, { scope: 'read' })
const told = await client.tokenIntrospection(own, granted.access_token)
expect('introspection of a live token', told.active === true && told.client_id === input.server.client_id && told.scope === 'read')
await client.tokenRevocation(own, granted.access_token)
expect('introspection of a dead token', (await client.tokenIntrospection(own, granted.access_token)).active === false)

const pair = await generateKeyPair('ES256', { extractable: true })
const publicKey = await crypto.subtle.exportKey('jwk', pair.publicKey)
await ask('register', JSON.stringify({ ...publicKey, alg: 'ES256', use: 'sig', kid: 'one' }))
const signer = await discover(input.signer.client_id, client.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' }))
expect('private_key_jwt', (await client.clientCredentialsGrant(signer)).access_token)
const rogue = await generateKeyPair('ES256')
const thief = await discover(input.signer.client_id, client.PrivateKeyJwt({ key: rogue.privateKey, kid: 'one' }))
await refused('another key', () => client.clientCredentialsGrant(thief), (e) => e.error === 'invalid_client' || e.status === 401)

const camera = await discover(input.camera.client_id, client.None())
const device = await client.initiateDeviceAuthorization(camera, { scope: 'read' })
await ask('device', device.user_code)
const polled = await client.pollDeviceAuthorizationGrant(camera, { ...device, interval: 1 })
expect('the device grant', polled.access_token && polled.refresh_token && polled.scope === 'read')

done({ access_token: polled.access_token })
