// simple-oauth2: code, refresh, revokeAll (which reads the answer of each revocation), client
// credentials; with scopes joined by commas, as in Netrex's document.
import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'
import { ask, done, expect, input, refused } from './talk.mjs'

const settings = (app, paths, options) => ({
  client: { id: app.client_id, secret: app.client_secret },
  auth: { tokenHost: input.issuer, tokenPath: '/oauth2/token', revokePath: '/oauth2/revoke', ...paths },
  options,
})

for (const authorizationMethod of ['header', 'body']) {
  const client = new AuthorizationCode(settings(input.site, { authorizePath: '/oauth2/auth' }, { authorizationMethod, scopeSeparator: ',' }))
  const url = client.authorizeURL({ redirect_uri: input.redirect, scope: ['read', 'write'], state: 'a state' })
  const returned = new URL(await ask('allow', url))
  expect('the state', returned.searchParams.get('state') === 'a state')
  const first = await client.getToken({ code: returned.searchParams.get('code'), redirect_uri: input.redirect })
  expect('the token answer', first.token.token_type === 'Bearer' && first.token.scope === 'read write' && !first.expired())
  const second = await first.refresh()
  expect('the refresh token rotates', second.token.refresh_token !== first.token.refresh_token)

  // A retry whose first answer got lost, and two that meet: each gets a pair of its own that works.
  const [again, meanwhile] = await Promise.all([first.refresh(), first.refresh()])
  for (const pair of [again, meanwhile]) {
    expect('a pair of its own', pair.token.refresh_token !== second.token.refresh_token)
    expect('which refreshes', (await pair.refresh()).token.access_token)
  }
  expect('the first answer still refreshes', (await second.refresh()).token.refresh_token)
  await second.revokeAll()
  await refused('a refresh after revokeAll', () => second.refresh(), (e) => e.data?.payload?.error === 'invalid_grant')
}

const own = new ClientCredentials(settings(input.server, {}, {}))
const granted = await own.getToken({ scope: 'read' })
expect('client credentials', granted.token.access_token && granted.token.expires_in === 3600)
await granted.revoke('access_token')

done({})
