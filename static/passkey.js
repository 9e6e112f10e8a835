// Passkeys: a button with data-passkey asks the browser for one, puts the answer into its form and sends that. The
// question is in data-options, or is fetched from the button's address.
import { toast } from './toast.js';

const words = {
	NotAllowedError: 'No passkey was used. Try again, or go another way.',
	InvalidStateError: 'This device has a passkey for your account already.',
};

async function ask({ passkey, options }) {
	if (options) return JSON.parse(options);
	const res = await fetch(passkey, { method: 'POST' });
	const answer = await res.json();
	if (res.ok) return answer;
	throw Error(answer.detail);
}

document.addEventListener('click', async ({ target }) => {
	const button = target.closest('[data-passkey]');
	if (!button) return;
	const { form, dataset } = button;
	if (dataset.options && !form.reportValidity()) return;
	button.disabled = true;
	try {
		const { publicKey } = await ask(dataset);
		const { credentials } = navigator;
		const field = form.elements.passkey ?? form.elements.confirm_passkey;
		field.value = JSON.stringify(publicKey.user
			? await credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
			: await credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }));
		form.submit();
	} catch ({ name, message }) {
		toast(words[name] ?? message, 'bad');
		button.disabled = false;
	}
});
