// Short announcements, seen and read out by the layout's aria-live region.

/** Shows text for a few seconds; tone "bad" stays longer. */
export function toast(text, tone = '') {
	const region = document.querySelector('[data-toasts]');
	if (!region) return;
	const el = document.createElement('p');
	el.className = `toast ${tone}`.trim();
	el.textContent = text;
	region.replaceChildren(el);
	setTimeout(() => el.remove(), tone === 'bad' ? 9000 : 3000);
}
