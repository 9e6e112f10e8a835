// Times: the exact one in the reader's own zone on hover, [data-local] in words of that zone, [data-countdown] counting.

/** The date and time in the reader's own zone, to the second, or with "short" to the minute. */
export const localTime = (date, timeStyle = 'long') => date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle });

const two = (n) => String(Math.floor(n)).padStart(2, '0');

// What is left until date: "in 59:12", "in 3 h 05 min", "in 4 d", "ended".
function left(date) {
	const s = Math.ceil((date - Date.now()) / 1000);
	if (s <= 0) return 'ended';
	if (s < 3600) return `in ${Math.floor(s / 60)}:${two(s % 60)}`;
	if (s < 172800) return `in ${Math.floor(s / 3600)} h ${two((s / 60) % 60)} min`;
	return `in ${Math.floor(s / 86400)} d`;
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

document.querySelectorAll('time[datetime]').forEach((el) => {
	const date = new Date(el.dateTime);
	el.title = `${localTime(date)} (${date.toISOString().slice(0, 19).replace('T', ' ')} UTC)`;
	if ('local' in el.dataset) el.textContent = localTime(date, 'short');
	if ('countdown' in el.dataset) countdown(el);
});
