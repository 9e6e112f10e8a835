// Times: the exact one also in the reader's own zone on hover; and a countdown.

/** The date and time in the reader's own zone, to the second. */
export const localTime = (date) => date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'long' });

const two = (n) => String(Math.floor(n)).padStart(2, '0');

// What is left until date: "in 59:12", "in 3 h 05 min", "ended".
function left(date) {
	const s = Math.ceil((date - Date.now()) / 1000);
	if (s <= 0) return 'ended';
	if (s < 3600) return `in ${Math.floor(s / 60)}:${two(s % 60)}`;
	return `in ${Math.floor(s / 3600)} h ${two((s / 60) % 60)} min`;
}

/** Counts a <time datetime> down every second until it ends or leaves the page. */
export function countdown(el) {
	const end = new Date(el.dateTime);
	const tick = () => {
		el.textContent = left(end);
		if (end <= Date.now() || !el.isConnected) clearInterval(timer);
	};
	const timer = setInterval(tick, 1000);
	tick();
}

document.querySelectorAll('time').forEach((el) => {
	el.title = `${localTime(new Date(el.dateTime))} (${el.title})`;
});
