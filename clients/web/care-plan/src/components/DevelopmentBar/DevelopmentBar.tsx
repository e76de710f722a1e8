/** Stands on every page while anybody may sign in as anybody, so that nobody takes this for a real service. */
export function DevelopmentBar() {
  return <p class="development-bar">Development sign-in: not for real people</p>;
}
