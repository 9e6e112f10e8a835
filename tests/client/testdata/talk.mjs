// How a program talks with the Go test that runs it: lines of JSON. The first line of its
// input is what it needs to know. A question goes out, its answer comes back; the last line
// says what became of it all.
import { createInterface } from 'node:readline'

// What an error says, and not what it holds: that may be a secret.
process.on('uncaughtException', (err) => {
  console.error(err.stack)
  process.exit(1)
})

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

async function next() {
  const line = await lines.next()
  if (line.done) throw new Error('the test has gone away')
  return JSON.parse(line.value)
}

export const input = await next()

// ask has the test do something that a person would.
export async function ask(question, value) {
  console.log(JSON.stringify({ question, value }))
  return next()
}

export function done(result) {
  console.log(JSON.stringify({ result }))
  process.exit(0)
}

// refused checks that a call fails, and how.
export async function refused(what, call, check = () => true) {
  try {
    await call()
  } catch (err) {
    if (check(err)) return
    throw new Error(`${what}: refused in another way: ${err.code} ${err.error}`)
  }
  throw new Error(`${what}: was not refused`)
}

export function expect(what, ok) {
  if (!ok) throw new Error(what)
}
