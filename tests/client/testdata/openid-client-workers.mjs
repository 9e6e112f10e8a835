// openid-client in three workers of one web app: they redeem one code and refresh one token at the
// same moment, and nobody is signed out.
import * as client from 'openid-client'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { ask, done, expect, input } from './talk.mjs'

const workers = await Promise.all([1, 2, 3].map(async () => {
  const worker = new Worker(new URL('openid-client-worker.mjs', import.meta.url), { workerData: { issuer: input.issuer, app: input.site } })
  await once(worker, 'message')
  return worker
}))
const one = async (worker, task) => {
  worker.postMessage(task)
  return (await once(worker, 'message'))[0]
}
const all = (task) => Promise.all(workers.map((worker) => one(worker, task)))
const works = async (what, token) => {
  const { ok, error } = await one(workers[0], { what: 'call', token })
  expect(`${what}: the API takes the token (${error ?? ok.status})`, ok?.status === 200)
}

const config = await client.discovery(new URL(input.issuer), input.site.client_id, undefined, client.ClientSecretBasic(input.site.client_secret),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] })

// All three redeem one code: one wins, the others are refused, and the winner's tokens live.
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const url = client.buildAuthorizationUrl(config, {
  redirect_uri: input.redirect, scope: 'read write', state, code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const returned = await ask('allow', url.href)
const redeemed = await all({ what: 'redeem', returned, checks: { pkceCodeVerifier: verifier, expectedState: state } })
const won = redeemed.filter((r) => r.ok)
expect(`one of three redeems the code, not ${won.length}`, won.length === 1)
expect('the others read invalid_grant', redeemed.every((r) => r.ok || r.error === 'invalid_grant'))
await works('after three with one code', won[0].ok.access_token)

// All three share one refresh token, round after round, whichever answer their store kept last.
let token = won[0].ok.refresh_token
for (let round = 1; round <= 5; round++) {
  const pairs = await all({ what: 'refresh', token })
  expect(`round ${round}: each worker gets a pair (${pairs.map((p) => p.error)})`, pairs.every((p) => p.ok?.refresh_token))
  expect(`round ${round}: of its own`, new Set(pairs.map((p) => p.ok.refresh_token)).size === 3)
  for (const pair of pairs) await works(`round ${round}`, pair.ok.access_token)
  token = pairs[round % 3].ok.refresh_token
}

// Or each keeps its own: none disturbs another.
let own = (await all({ what: 'refresh', token })).map((p) => p.ok.refresh_token)
for (let round = 1; round <= 3; round++) {
  const pairs = await Promise.all(workers.map((worker, i) => one(worker, { what: 'refresh', token: own[i] })))
  expect(`on its own, round ${round}: each refreshes (${pairs.map((p) => p.error)})`, pairs.every((p) => p.ok?.refresh_token))
  own = pairs.map((p) => p.ok.refresh_token)
}

done({})
