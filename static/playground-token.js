// A token as people read it: header and payload as tables, its end, and whether its signature verifies.
import { countdown, localTime } from './times.js';

export const $ = (id) => document.getElementById(id);

/** A new element with this text. */
export const make = (tag, text = '') => Object.assign(document.createElement(tag), { textContent: text });

/** The sentence with this key, out of those that the server wrote into the page; undefined when there is none. */
export const word = (key) => $('words').content.querySelector(`[data-word="${CSS.escape(key)}"]`)?.cloneNode(true);

const bytes = (s) => Uint8Array.from(atob(s.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const utc = (date) => date.toISOString().slice(0, 19).replace('T', ' ');

function row([name, value]) {
	const [tr, th, td] = ['tr', 'th', 'td'].map((tag) => make(tag));
	th.scope = 'row';
	th.append(make('code', name));
	td.append(make('code', typeof value === 'string' ? value : JSON.stringify(value)));
	if (['exp', 'iat', 'nbf', 'auth_time'].includes(name)) {
		const at = new Date(value * 1000);
		[localTime(at), `${utc(at)} UTC`].forEach((text) => { td.append(Object.assign(make('span', text), { className: 'when' })); });
	}
	tr.append(th, td, make('td', word(`claim ${name}`)?.textContent));
	return tr;
}

function fill(table, part) {
	const claims = JSON.parse(new TextDecoder().decode(bytes(part)));
	$(table).replaceChildren(...Object.entries(claims).map(row));
	return claims;
}

const algorithms = {
	RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
	ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
	EdDSA: { name: 'Ed25519' },
};

// Gives the key of the sentence that says what came of it. crypto.subtle is absent over plain http but on localhost.
async function verify(token, { alg, kid }) {
	const { subtle } = globalThis.crypto ?? {};
	if (!subtle) return 'insecure';
	try {
		const { keys } = await (await fetch('/.well-known/jwks.json')).json();
		const found = keys.find((k) => k.kid === kid);
		if (!found) return 'unknown';
		const { kty, n, e, crv, x, y } = found;
		const key = await subtle.importKey('jwk', { kty, n, e, crv, x, y }, algorithms[alg], false, ['verify']);
		const end = token.lastIndexOf('.');
		const good = await subtle.verify(algorithms[alg], key, bytes(token.slice(end + 1)), new TextEncoder().encode(token.slice(0, end)));
		return good ? 'good' : 'wrong';
	} catch {
		return 'unable';
	}
}

/** Fills the token's pane. */
export async function showToken(token) {
	const [head, body] = token.split('.');
	const header = fill('token-header', head);
	const end = make('time');
	end.dateTime = new Date(fill('token-payload', body).exp * 1000).toISOString();
	$('token-end').firstChild.replaceChildren('ends ', end);
	countdown(end);
	$('signature').replaceChildren();
	const result = await verify(token, header);
	$('signature').className = `notice ${{ good: 'ok', wrong: 'bad', unknown: 'bad' }[result] ?? 'warn'}`;
	$('signature').replaceChildren(word(`signature ${result}`));
}
