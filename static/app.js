// The one script of every page, started by data attributes. Pages work without it.
import './copy.js';
import './secret.js';
import './forms.js';
import './guard.js';
import './tabs.js';
import './times.js';
import './passkey.js';

// Native dialogs: a button with data-dialog opens the <dialog> of that id.
document.addEventListener('click', ({ target }) => {
	document.getElementById(target.closest('[data-dialog]')?.dataset.dialog)?.showModal();
});

// Who signs in on the way to a link whose fragment matters keeps it: browsers carry it over redirects.
document.querySelectorAll('[action^="/login"]').forEach((form) => { form.action += location.hash; });
