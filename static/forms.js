// Forms: the error summary takes the focus, and a submitted form can't be sent twice.

document.querySelector('[data-summary]')?.focus();

document.addEventListener('submit', (event) => {
	const { target: form, submitter: button } = event;
	if (form.dataset.sent) event.preventDefault();
	if (event.defaultPrevented || form.method === 'dialog') return;
	form.dataset.sent = '1';
	if (!button) return;
	button.ariaBusy = true;
	const { busy } = button.dataset;
	if (busy) {
		const word = button.querySelector('span');
		button.dataset.caption = word.textContent;
		word.textContent = busy;
	}
});

// Back from the answer by the back button: the form is usable again.
addEventListener('pageshow', () => {
	document.querySelectorAll('form[data-sent]').forEach((form) => { delete form.dataset.sent; });
	document.querySelectorAll('button[aria-busy][data-caption]').forEach((button) => {
		button.ariaBusy = null;
		button.querySelector('span').textContent = button.dataset.caption;
	});
});
