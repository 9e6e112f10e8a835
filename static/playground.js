// The playground sends the calls that the server wrote into #calls, and shows request and answer. Secrets and tokens
// stand in fields without a name, and nowhere else.
import { $, base64url, bytes, make, showToken, word } from './playground-token.js';

const form = $('try');
const all = (query) => document.querySelectorAll(query);
const field = (name) => form.querySelector(`[data-value=${name}]`);
const say = (key) => $('said').replaceChildren(word(key) ?? key);
const keep = (values) => all('[data-value]').forEach((el) => { el.value = values[el.dataset.value] ?? el.value; });

const encoders = {
	json: (s) => JSON.stringify(s).slice(1, -1),
	form: encodeURIComponent,
	basic: (s) => btoa(`${form.elements.app.value}:${encodeURIComponent(s)}`),
};

// A call with its slots «name encoding» filled; shown without what a field hides.
const call = (id, shown) => JSON.parse($('calls').dataset[id].replace(/«(\w+) (\w+)»/g, (_, name, as) => {
	const { type, value } = field(name);
	if (!value) return `YOUR_${name.toUpperCase()}`;
	if (shown && type === 'password') return '•'.repeat(8);
	return encoders.json(encoders[as]?.(value.trim()) ?? value.trim());
}));
const missing = (id) => call(id).needs.find((name) => !field(name).value);

const slot = (pane, name) => $(pane).querySelector(`[data-slot=${name}]`);

function fill(pane, headers, texts) {
	for (const name in texts) slot(pane, name).textContent = texts[name];
	slot(pane, 'headers').replaceChildren(...headers.map(([name, value]) => make('div', make('dt', name), make('dd', value))));
}

// Shows a call, and the steps that can follow.
function draw(id = 'main') {
	const { line, headers, body } = call(id, true);
	fill('request', headers, { line, body });
	for (const el of all('#part-steps button')) el.hidden = missing(el.dataset.work);
}

// Sends a call and shows the answer; resolves to its JSON or { error }.
async function run(id) {
	const name = missing(id);
	if (name) {
		say(`missing ${name}`);
		field(name).focus();
		return null;
	}
	say('');
	draw(id);
	$('answer').dataset.state = 'busy';
	const { path, fine, ...init } = call(id);
	const start = Date.now();
	const answer = await fetch(path, { ...init, credentials: 'omit', redirect: 'error' }).catch(() => Response.error());
	const json = await answer.clone().json().catch(() => ({}));
	const body = await answer.text();
	const { ok, status } = answer;
	const time = `${Date.now() - start} ms`;
	fill('answer', [...answer.headers], { status: `${status || 'No answer'} ${answer.statusText}`, time, size: `${new Blob([body]).size} B`, body });
	const key = ok ? fine + (json.active ?? '') : json.error;
	slot('answer', 'meaning').replaceChildren(word(`answer ${key}`) ?? word(`answer ${status}`) ?? word('answer other'));
	const why = slot('answer', 'meaning').querySelector('[data-why]');
	if (why) why.search += /err_\w+/.exec(body) ?? '';
	Object.assign($('answer').dataset, { tone: ok ? 'ok' : 'bad', state: 'full' });
	if (!ok) return { error: key };
	const { accessToken, access_token = accessToken, refresh_token, device_code } = json;
	keep({ access_token, refresh_token, device_code });
	draw(id);
	if (access_token) showToken(access_token);
	return json;
}

async function main() {
	stop();
	$('token').hidden = true;
	const json = await run('main');
	if (json && $('consent')) prepare();
	if (json?.device_code) poll(json);
}

// Device flow: asks until the person has answered.
let polls = 0;
function stop() {
	polls++;
	$('device').hidden = true;
}

async function poll({ user_code, interval }) {
	const mine = polls;
	$('user-code').textContent = user_code;
	$('device-link').search = `user_code=${user_code}`;
	$('device').hidden = false;
	for (let left = interval; mine === polls; left--) {
		$('left').textContent = left;
		await new Promise((done) => { setTimeout(done, 1000); });
		if (mine !== polls || left > 1) continue;
		const { error } = await run('poll');
		if (error === 'slow_down') interval += 5;
		else if (error !== 'authorization_pending' && mine === polls) stop();
		left = interval + 1;
	}
}

// Authorization code flow: a verifier and state for each consent. Plain http has no crypto.subtle.
async function prepare() {
	const { subtle } = crypto;
	if (!subtle) return say('missing code_verifier');
	const state = crypto.randomUUID();
	const code_verifier = crypto.randomUUID() + crypto.randomUUID();
	const code_challenge = base64url(await subtle.digest('SHA-256', bytes(code_verifier)));
	keep({ state, code_verifier, code_challenge, code: '' });
	$('consent').href = $('asked').textContent = call('consent').line;
}

// What the callback page hands over, unless its state is another.
const channel = new BroadcastChannel('playground');
channel.onmessage = async ({ data: { state, iss, code, error } }) => {
	if (!state || state !== field('state').value) return;
	channel.postMessage({ taken: state });
	if (iss !== form.dataset.issuer) return say('iss');
	keep({ code });
	if (code) return main();
	await prepare();
	say(`answer ${error}`);
};

async function secret() {
	const json = await (await fetch(`/apps/${form.elements.app.value}/playground-secret`, { method: 'POST' })).json();
	keep(json);
	draw();
	say(json.detail ?? 'made');
}

// The server renders every choice and its address. A part that holds the focus stays.
let turn = 0;
async function choose({ target }) {
	if (!target.name) return;
	stop();
	if (target.name === 'app') for (const el of all('[data-value]')) el.value = '';
	const mine = ++turn;
	const text = await (await fetch(`?${new URLSearchParams(new FormData(form))}`)).text();
	const page = new DOMParser().parseFromString(text, 'text/html');
	if (mine !== turn) return;
	const fresh = (el) => page.getElementById(el.id);
	if (!fresh(form)) return location.reload(); // signed out meanwhile
	history.replaceState(null, '', fresh(form).dataset.address);
	for (const part of all('[data-part]')) {
		part.hidden = fresh(part).hidden;
		if (part.dataset.part !== 'keep' && !part.contains(document.activeElement)) part.replaceChildren(...fresh(part).childNodes);
	}
	await begin();
}

form.onchange = choose;
form.onsubmit = () => false;
form.oninput = ({ target }) => target.dataset.value && draw();

// A button that works can't be pressed again.
const works = { main, secret, stop };
document.onclick = async ({ target }) => {
	if (target.closest('[data-show]')) draw();
	const button = target.closest('[data-work]');
	if (!button || button.ariaBusy) return;
	const { work } = button.dataset;
	button.ariaBusy = true;
	try { await (works[work] ?? run)(work); } catch { say('answer 0'); } finally { button.ariaBusy = null; }
};

async function begin() {
	if ($('consent')) await prepare();
	draw();
}
begin();
