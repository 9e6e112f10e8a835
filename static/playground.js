// The playground: fills the request that the server rendered with the secret, sends it, shows request and answer, then
// makes the first call with the token. Secret and token live in this page's memory and nowhere else; the address holds
// app, dialect, way of authentication and scopes alone.
import { $, make, showToken, word } from './playground-token.js';

const form = $('try');
const secret = $('secret');
let token;

const slot = (pane, name) => $(pane).querySelector(`[data-slot="${name}"]`);

function showHeaders(pane, list) {
	slot(pane, 'headers').replaceChildren(...list.map(([name, value]) => {
		const line = make('div');
		line.append(make('dt', name), make('dd', value));
		return line;
	}));
}

const encoders = {
	json: (s) => JSON.stringify(s).slice(1, -1),
	form: encodeURIComponent,
	basic: (s) => btoa(`${$('call').dataset.client}:${encodeURIComponent(s)}`),
};
const encoded = () => encoders[$('call').dataset.encode](secret.value.trim());

// The request with text in the place of the secret.
function request(text) {
	const { path, headers, body } = $('call').dataset;
	const fill = (s) => s.replaceAll('CLIENT_SECRET_HERE', () => text);
	return { path, headers: JSON.parse(headers).map(([n, v]) => [n, fill(v)]), body: fill(body) };
}

function draw() {
	let text = 'YOUR_CLIENT_SECRET';
	if (secret.value) text = secret.type === 'text' ? encoded() : '••••••••';
	const { path, headers, body } = request(text);
	slot('request', 'line').textContent = `POST ${form.dataset.issuer}${path}`;
	slot('request', 'body').textContent = body;
	showHeaders('request', headers);
}

// Sends and shows the answer; resolves to its JSON when it is a good one. fine is the word for that.
async function exchange(pane, path, init, fine) {
	const show = (facts, headers, tone, key) => {
		Object.entries(facts).forEach(([name, text]) => { slot(pane, name).textContent = text; });
		showHeaders(pane, headers);
		slot(pane, 'meaning').replaceChildren(word(`answer ${key}`));
		Object.assign($(pane).dataset, { tone, state: 'full' });
	};
	$(pane).dataset.state = 'busy';
	const start = performance.now();
	let answer, body, json;
	try {
		answer = await fetch(path, { ...init, credentials: 'omit', cache: 'no-store', redirect: 'error' });
		body = await answer.text();
	} catch {
		return show({ status: 'No answer', time: '', size: '', body: '' }, [], 'bad', 'offline');
	}
	try { json = JSON.parse(body); } catch { /* the body is shown as it came */ }
	const { ok, status } = answer;
	const size = new Blob([body]).size;
	show({
		status: `${status} ${answer.statusText}`,
		time: `${Math.round(performance.now() - start)} ms`,
		size: size < 1000 ? `${size} B` : `${(size / 1000).toFixed(1)} kB`,
		body,
	}, [...answer.headers], ok ? 'ok' : 'bad', ok ? fine : [json?.error, status, status < 500 ? 'other' : 500].find((key) => word(`answer ${key}`)));
	return ok ? json : null;
}

async function getToken() {
	if (!secret.value) {
		$('made').textContent = 'Paste the client secret first, or make a playground secret.';
		secret.focus();
		return;
	}
	$('next').hidden = $('after').hidden = $('first-call').hidden = true;
	const { path, ...init } = request(encoded());
	const json = await exchange('answer', path, { method: 'POST', ...init }, 'token');
	token = json?.access_token ?? json?.accessToken;
	if (!token) return;
	$('next').hidden = $('after').hidden = false;
	await showToken(token);
}

async function callMe() {
	const headers = [['Authorization', `Bearer ${token}`], ['Accept', 'application/json']];
	showHeaders('me-request', headers);
	$('first-call').hidden = false;
	$('first-call').scrollIntoView({ block: 'nearest' });
	await exchange('me-answer', '/api/v1/me', { headers }, 'me');
}

async function makeSecret() {
	const answer = await fetch(`/apps/${$('call').dataset.client}/playground-secret`, { method: 'POST' }).catch(() => null);
	const json = await answer?.json().catch(() => null);
	if (!answer?.ok || !json) {
		$('made').textContent = json?.detail ?? word('answer offline').textContent;
		return;
	}
	secret.value = json.client_secret;
	const end = new Date(json.expires_at).toLocaleTimeString([], { timeStyle: 'short' });
	$('made').textContent = `Made, and put into the field. Its last four characters are ${json.hint}; it works until ${end}.`;
	draw();
}

// The server renders every state of the choice, so the page asks it for the new one. A part that holds the focus stays.
let turn = 0;
async function choose({ target }) {
	if (!target.name) return;
	if (target.name === 'app') {
		secret.value = $('made').textContent = '';
		$('next').hidden = $('after').hidden = true;
	}
	const chosen = new FormData(form);
	const state = new URLSearchParams({ app: chosen.get('app'), dialect: chosen.get('dialect') });
	if (chosen.get('dialect') === 'nxtsoft') state.set('auth', chosen.get('auth'));
	if (chosen.has('scope')) state.set('scope', chosen.getAll('scope').join(' '));
	history.replaceState(null, '', `?${state}`);
	const mine = ++turn;
	const page = new DOMParser().parseFromString(await (await fetch(`?${state}`)).text(), 'text/html');
	if (mine !== turn) return;
	const fresh = (el) => page.getElementById(el.id);
	if (!fresh(form)) return location.reload(); // signed out meanwhile
	document.querySelectorAll('[data-part]').forEach((part) => {
		part.hidden = fresh(part).hidden;
		if (!part.contains(document.activeElement)) part.replaceChildren(...fresh(part).childNodes);
	});
	document.querySelectorAll('#snippet code').forEach((code) => { code.textContent = fresh(code).textContent; });
	if (target.name === 'dialect') $('scopes').open = fresh($('scopes')).open;
	draw();
}

form.addEventListener('change', choose);
form.addEventListener('submit', (event) => event.preventDefault());
secret.addEventListener('input', draw);
secret.addEventListener('keydown', (event) => {
	if (event.key === 'Enter') $('send').click();
});
new MutationObserver(draw).observe(secret, { attributeFilter: ['type'] });

// A button that works on something says so and can't be pressed again.
const works = { send: getToken, make: makeSecret, 'call-me': callMe };
document.addEventListener('click', async ({ target }) => {
	const button = target.closest('button');
	const work = works[button?.id];
	if (!work || button.ariaBusy) return;
	button.ariaBusy = 'true';
	try { await work(); } finally { button.ariaBusy = null; }
});
draw();
