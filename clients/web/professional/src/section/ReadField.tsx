import { claims, type FieldPath, read, type SectionDocument } from '@coplan/care-plan/sync';
import type { Field } from '../definition';
import { capital, itemName, items, valueWords } from '../fieldWords';
import { isEmpty } from '../signing/missing';
import { Disputed } from './Disputed';
import { GroupParts } from './GroupParts';
import { ItemSummary } from './ItemSummary';
import { PresentAt } from './PresentAt';

interface ReadFieldProps {
  document: SectionDocument;
  field: Field;
  path: FieldPath;
  stored: unknown;
}

/** One field to be read by somebody who may not change it. */
export function ReadField({ document, field, path, stored }: ReadFieldProps) {
  const { content } = document.state.value;
  const claimed =
    content && field.merge === 'C!' && field.type !== 'list' ? claims(content, path) : undefined;
  return (
    <div class="field field--read" data-field={field.id}>
      <div class="field__label-row">
        <h3 class="field__label">{field.label}</h3>
        <PresentAt section={document.section} within={[field.id]} />
      </div>
      {claimed ? (
        <Disputed place={{ document, field, path, stored }} claims={claimed} onWriteAnother={() => {}} />
      ) : (
        <Words field={field} stored={stored} />
      )}
    </div>
  );
}

function Words({ field, stored }: { field: Field; stored: unknown }) {
  if (isEmpty(field, stored)) return <p class="nothing">Not recorded</p>;
  if (field.type === 'group') return <GroupParts field={field} stored={stored} />;
  if (field.type !== 'list') return <p class="prose">{valueWords(field, read(stored))}</p>;
  const present = items(stored).filter(([, item]) => item.removed === undefined);
  return (
    <ol class="list__items">
      {present.map(([id, item]) => (
        <li class="item" key={id}>
          <h4 class="item__name">{capital(itemName(field, item))}</h4>
          <ItemSummary list={field} item={item} />
        </li>
      ))}
    </ol>
  );
}
