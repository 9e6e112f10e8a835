// Hands a secret over: this browser encrypts it, the teammate's decrypts it. The key is in the link's fragment, which no
// browser sends; the portal keeps the ciphertext alone.

const $ = (id) => document.getElementById(id);
const bytes = (text) => new TextEncoder().encode(text);
// Each key encrypts one message, so that its nonce can always be the same. What is encrypted for one person and secret
// can't be decrypted for another.
const gcm = (secretID, toID) => ({ name: 'AES-GCM', iv: new Uint8Array(12), additionalData: bytes(`gatepost handover ${secretID} ${toID}`) });
const aes = (key) => crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
const encode = (bytes) => [...new Uint8Array(bytes)].map((b) => b.toString(16).padStart(2, 0)).join('');
const decode = (hex) => Uint8Array.from(hex.match(/../g), (b) => parseInt(b, 16));

async function post(path, body) {
	const res = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
	const answer = await res.json();
	if (!res.ok) throw Error(answer.detail);
	return answer;
}

async function send(path, secret, id) {
	const key = crypto.getRandomValues(new Uint8Array(32));
	const to = $('f-to').value;
	const sealed = await crypto.subtle.encrypt(gcm(id, to), await aes(key), bytes(secret));
	$('link').textContent = (await post(path, { to, ciphertext: encode(sealed) })).link + '#' + encode(key);
}

async function open(path, id, me) {
	// Looked at before the portal gives its part away, which it does once.
	if (!/^#[\da-f]{64}$/.test(location.hash)) throw Error('The link is not whole. Open it as it was sent.');
	const key = await aes(decode(location.hash.slice(1)));
	const sealed = decode((await post(path, {})).ciphertext);
	const plain = await crypto.subtle.decrypt(gcm(id, me), key, sealed).catch(() => {
		throw Error('This was encrypted for another person or secret. Ask for it to be handed over again.');
	});
	$('secret').value = new TextDecoder().decode(plain);
	history.replaceState(null, '', location.pathname);
}

$('hand').onclick = async ({ currentTarget: button }) => {
	const { open: from, send: to, hint, secretId: id, me } = button.dataset;
	const secret = $('secret').value.trim();
	button.disabled = true;
	try {
		if (to && !secret.endsWith(hint)) throw Error(`This is not the secret …${hint}.`);
		await (to ? send(to, secret, id) : open(from, id, me));
		$('before').hidden = true;
		$('after').hidden = false;
	} catch ({ message }) {
		$('said').textContent = message;
	}
	button.disabled = false;
};
