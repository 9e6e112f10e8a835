// A token as people read it: its header and payload as tables, its end, and whether its signature verifies.
import { countdown, localTime } from './times.js';

const $ = (id) => document.getElementById(id);

/** The sentence with this key, out of those that the server wrote into the page; null when there is none. */
export const word = (key) => $('words').content.querySelector(`[data-word="${CSS.escape(key)}"]`)?.cloneNode(true) ?? null;

const bytes = (s) => Uint8Array.from(atob(s.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const part = (s) => JSON.parse(new TextDecoder().decode(bytes(s)));

function row([name, value]) {
	const tr = document.createElement('tr');
	const cells = ['th', 'td', 'td'].map((tag) => tr.appendChild(document.createElement(tag)));
	cells[0].scope = 'row';
	cells[0].append(document.createElement('code'));
	cells[1].append(document.createElement('code'));
	cells[0].firstChild.textContent = name;
	cells[1].firstChild.textContent = typeof value === 'string' ? value : JSON.stringify(value);
	cells[2].textContent = word(`claim ${name}`)?.textContent ?? '';
	if (['exp', 'iat', 'nbf', 'auth_time'].includes(name)) {
		const at = new Date(value * 1000);
		cells[2].append(` ${localTime(at)}, which is ${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`);
	}
	return tr;
}

const algorithms = {
	RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
	ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
	EdDSA: { name: 'Ed25519' },
};

// Gives the key of the sentence that says what came of it. crypto.subtle is absent over plain http but on localhost.
async function verify(token, { alg, kid }) {
	if (!globalThis.crypto?.subtle) return 'insecure';
	try {
		const { keys } = await (await fetch('/.well-known/jwks.json')).json();
		const found = keys.find((k) => k.kid === kid);
		if (!found) return 'unknown';
		const { kty, n, e, crv, x, y } = found;
		const key = await crypto.subtle.importKey('jwk', { kty, n, e, crv, x, y }, algorithms[alg], false, ['verify']);
		const end = token.lastIndexOf('.');
		const good = await crypto.subtle.verify(algorithms[alg], key, bytes(token.slice(end + 1)), new TextEncoder().encode(token.slice(0, end)));
		return good ? 'good' : 'wrong';
	} catch {
		return 'unable';
	}
}

/** Fills the token's pane. */
export async function showToken(token) {
	const [header, payload] = token.split('.').slice(0, 2).map(part);
	$('token-header').replaceChildren(...Object.entries(header).map(row));
	$('token-payload').replaceChildren(...Object.entries(payload).map(row));
	const end = document.createElement('time');
	end.dateTime = new Date(payload.exp * 1000).toISOString();
	$('token-end').replaceChildren('ends ', end);
	countdown(end);
	$('signature').className = '';
	$('signature').textContent = '';
	const result = await verify(token, header);
	$('signature').className = `notice ${{ good: 'ok', wrong: 'bad', unknown: 'bad' }[result] ?? 'warn'}`;
	$('signature').replaceChildren(word(`signature ${result}`));
}
