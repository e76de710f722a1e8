/** Lets the app open without a network: the worker keeps the app's own files, never anything about a person. */
export function registerServiceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`).catch(() => {
    // Without the worker everything works but opening without a network; the next visit tries again.
  });
}
