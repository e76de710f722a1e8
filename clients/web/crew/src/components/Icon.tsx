/** The few signs of the page. Each stands beside a word that says the same. */
const PATHS = {
  tick: 'M4 13l5 5L20 7',
  cross: 'M6 6l12 12M18 6L6 18',
  circle: 'M12 5a7 7 0 1 0 0 14a7 7 0 1 0 0-14',
  warning: 'M12 4L2.5 20h19zM12 10v5M12 17.2v.6',
  phone: 'M6 3h4l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v4c0 1-1 2-2 2C10 20 4 14 4 5c0-1 1-2 2-2z',
} as const;

export function Icon({ of }: { of: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[of]} />
    </svg>
  );
}
