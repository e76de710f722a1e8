import { formatMoment } from '@coplan/care-plan/plan';
import { useAsked } from '../history/useAsked';
import { PageShell } from '../shell/PageShell';
import { kindWords } from '../team/team';

interface PlansReport {
  at: string;
  plans: number;
  kinds: { kind: string; plans: number; published: number }[];
}

/** How many plans there are, for whoever plans services: numbers, and nobody by name. */
export function ReportsPage() {
  const { body, problem } = useAsked<PlansReport>('/api/reports/plans');
  return (
    <PageShell title="Reports">
      <main class="page" id="main">
        <h1>Plans by kind of organisation</h1>
        <p>By whom the plan is kept. People who do not want to be counted are left out.</p>
        {!body && <p role="status">{problem ? 'The report cannot be reached.' : 'Counting…'}</p>}
        {body && (
          <table class="counts">
            <caption class="quiet">Counted on {formatMoment(body.at)}</caption>
            <thead>
              <tr>
                <th scope="col">Kept by</th>
                <th scope="col">Plans</th>
                <th scope="col">Published</th>
              </tr>
            </thead>
            <tbody>
              {body.kinds.map(({ kind, plans, published }) => (
                <tr key={kind}>
                  <th scope="row">{kindWords(kind)}</th>
                  <td>{plans}</td>
                  <td>{published}</td>
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr>
                <th scope="row">All</th>
                <td>{body.plans}</td>
                <td>{body.kinds.reduce((sum, { published }) => sum + published, 0)}</td>
              </tr>
            </tfoot>
          </table>
        )}
      </main>
    </PageShell>
  );
}
