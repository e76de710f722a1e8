/** The apps, each in a sentence. */
export function Apps() {
  return (
    <section aria-labelledby="apps">
      <h2 id="apps">Open</h2>
      <ul class="apps">
        <li class="panel">
          <h3>
            <a href="/professional/">Care teams</a>
          </h3>
          <p>Write, sign and publish plans, together and at the same time.</p>
        </li>
        <li class="panel">
          <h3>
            <a href="/crew/">Ambulance crews</a>
          </h3>
          <p>Read the urgent page of a plan by NHS number, on a phone, on a weak signal.</p>
        </li>
        <li class="panel">
          <h3>
            <a href="/person/">My own plan</a>
          </h3>
          <p>Read your plan, write what matters to you, and see who has opened it.</p>
        </li>
      </ul>
    </section>
  );
}
