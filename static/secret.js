// Show and Hide: of a credential (every masked part of the page at once), and of a password field.

function press(button, on) {
	button.ariaPressed = on;
	button.querySelector('[data-word]').textContent = on ? 'Hide' : 'Show';
}

document.addEventListener('click', ({ target }) => {
	const all = target.closest('[data-show-secret]');
	if (all) press(all, document.documentElement.toggleAttribute('data-shown'));
	const one = target.closest('[data-show]');
	if (!one) return;
	const input = one.closest('[data-password]').querySelector('input');
	const on = input.type === 'password';
	input.type = on ? 'text' : 'password';
	if (one.type !== 'checkbox') press(one, on);
});

document.addEventListener('focusin', ({ target }) => {
	if (target.matches('[data-secret]')) target.select();
});

// A masked field copies what it holds, not its dots.
document.addEventListener('copy', (event) => {
	const el = event.target;
	if (!el.matches?.('[data-secret]')) return;
	event.clipboardData.setData('text/plain', el.value.slice(el.selectionStart, el.selectionEnd));
	event.preventDefault();
});

// A password never goes out, or into the browser's form history, as a plain text field.
document.addEventListener('submit', ({ target }) => {
	target.querySelectorAll('[data-password] input:not([type=checkbox])').forEach((i) => { i.type = 'password'; });
}, true);
