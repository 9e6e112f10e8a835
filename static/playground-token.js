// A token as people read it: its claims, its end, and whether its signature verifies.
import { countdown, localTime } from './times.js';

export const $ = (id) => document.getElementById(id);

export function make(tag, ...children) {
	const el = document.createElement(tag);
	el.append(...children);
	return el;
}

/** The server's sentence with this key, if there is one. */
export const word = (key) => $('words').content.querySelector(`[data-word="${CSS.escape(key)}"]`)?.cloneNode(true);

export const bytes = (s) => Uint8Array.from(s, (c) => c.charCodeAt(0));
export const base64url = (b) => btoa(String.fromCharCode(...new Uint8Array(b))).replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
const decode = (s) => atob(s.replaceAll('-', '+').replaceAll('_', '/'));

function row([name, value]) {
	const cell = make('td', make('code', typeof value === 'string' ? value : JSON.stringify(value)));
	if (['exp', 'iat', 'auth_time'].includes(name)) {
		const at = new Date(value * 1000);
		cell.append(make('span', localTime(at)), make('span', `${at.toISOString().slice(0, 19)} UTC`));
	}
	return make('tr', make('th', make('code', name)), cell, make('td', word(`claim ${name}`) ?? ''));
}

function fill(table, part) {
	const claims = JSON.parse(decode(part));
	$(table).replaceChildren(...Object.entries(claims).map(row));
	return claims;
}

const algorithms = {
	RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
	ES256: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
	EdDSA: { name: 'Ed25519' },
};

// Gives the key of a sentence. Plain http has no crypto.subtle.
async function verify(token, { alg, kid }) {
	const { subtle } = crypto;
	if (!subtle) return 'insecure';
	try {
		const { keys } = await (await fetch('/.well-known/jwks.json')).json();
		const found = keys.find((k) => k.kid === kid);
		if (!found) return 'unknown';
		const key = await subtle.importKey('jwk', found, algorithms[alg], false, ['verify']);
		const end = token.lastIndexOf('.');
		const good = await subtle.verify(algorithms[alg], key, bytes(decode(token.slice(end + 1))), bytes(token.slice(0, end)));
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
	$('token-end').replaceChildren('expires ', end);
	countdown(end);
	$('signature').replaceChildren(word(`signature ${await verify(token, header)}`));
	$('token').hidden = false;
}
