// One of several workers of a web app: it has the app's credentials and answers what it is asked to do.
import * as client from 'openid-client'
import { parentPort, workerData } from 'node:worker_threads'

const config = await client.discovery(new URL(workerData.issuer), workerData.app.client_id, undefined, client.ClientSecretBasic(workerData.app.client_secret),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] })
parentPort.postMessage('ready')

const does = {
  redeem: ({ returned, checks }) => client.authorizationCodeGrant(config, new URL(returned), checks),
  refresh: ({ token }) => client.refreshTokenGrant(config, token),
  call: async ({ token }) => ({ status: (await client.fetchProtectedResource(config, token, new URL('/api/v1/me', workerData.issuer), 'GET')).status }),
}

parentPort.on('message', async (task) => {
  try {
    parentPort.postMessage({ ok: { ...(await does[task.what](task)) } })
  } catch (err) {
    parentPort.postMessage({ error: err.error ?? `${err.code}: ${err.message}` })
  }
})
