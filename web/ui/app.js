/* Extras only: every page reads and filters without this file. The theme button, and Escape for open panels. */
(() => {
  const root = document.documentElement;
  const button = document.querySelector('[data-theme-toggle]');
  const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;

  if (button) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const next = dark() ? 'light' : 'dark';
      root.dataset.theme = next;
      document.cookie = 'theme=' + next + '; path=/; max-age=31536000; samesite=lax';
    });
  }

  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape')
      for (const panel of document.querySelectorAll('details.pop[open]')) panel.open = false;
  });
})();
