// Copy buttons: data-copy holds the value, or data-copy-from the id of the element that shows it.
// Clipboard API first; over plain http, where it is absent, execCommand on a temporary selection; then words.
import { toast } from './toast.js';

function byCommand(text) {
	const area = document.createElement('textarea');
	const before = document.activeElement;
	area.value = text;
	area.readOnly = true;
	area.className = 'vh';
	document.body.append(area);
	area.select();
	const done = document.execCommand('copy');
	area.remove();
	before?.focus({ preventScroll: true });
	return done;
}

/** Copies text; resolves to whether it went to the clipboard. */
export async function copyText(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return byCommand(text);
	}
}

document.addEventListener('click', async ({ target }) => {
	const button = target.closest('[data-copy], [data-copy-from]');
	if (!button) return;
	const { copy, copyFrom, label } = button.dataset;
	const source = copyFrom ? document.getElementById(copyFrom) : button.parentElement.querySelector('code');
	if (!await copyText(copyFrom ? source.value ?? source.textContent : copy)) {
		if (source?.select) source.select();
		else if (source) getSelection().selectAllChildren(source);
		toast("Couldn't copy. Select it and copy by hand.", 'bad');
		return;
	}
	toast(`${label} copied`);
	const word = button.querySelector('[data-word]');
	const caption = word.textContent;
	if (caption === 'Copied') return;
	button.toggleAttribute('data-copied');
	word.textContent = 'Copied';
	setTimeout(() => { word.textContent = caption; button.toggleAttribute('data-copied'); }, 2000);
});
