import { type FieldPath, read, type SectionDocument } from '@coplan/care-plan/sync';
import { useContext } from 'preact/hooks';
import type { Field, Section } from '@coplan/care-plan/plan';
import { capital, itemName, items, valueWords } from '@coplan/care-plan/fields';
import { AuthorMark } from '../history/AuthorMark';
import { isEmpty } from '../signing/missing';
import { Disputed } from '../disputes/Disputed';
import { DisputesContext, useDispute } from '../disputes/DisputesContext';
import { ItemDispute } from '../disputes/ItemDispute';
import { SuggestChange, SuggestItemChange } from '../suggestions/SuggestChange';
import { typedItem, typedStored } from './formValues';
import { GroupParts } from './GroupParts';
import { ItemSummary } from './ItemSummary';
import { PresentAt } from './PresentAt';

interface ReadFieldProps {
  document: SectionDocument;
  field: Field;
  path: FieldPath;
  stored: unknown;
  section: Section;
  maySuggest: boolean;
}

/** One field to be read by somebody who may not change it. */
export function ReadField({ document, field, path, stored, section, maySuggest }: ReadFieldProps) {
  const dispute = useDispute(path);
  return (
    <div class="field field--read" data-field={field.id}>
      <div class="field__label-row">
        <h3 class="field__label">{field.label}</h3>
        <PresentAt section={document.section} within={[field.id]} />
      </div>
      {dispute ? (
        <Disputed dispute={dispute} field={field} document={document} />
      ) : (
        <Words {...{ field, stored, document, section, maySuggest }} />
      )}
      {!dispute && <AuthorMark path={path} />}
      {maySuggest && <SuggestChange section={section} field={field} initial={typedStored(field, stored)} />}
    </div>
  );
}

type WordsProps = Pick<ReadFieldProps, 'field' | 'stored' | 'document' | 'section' | 'maySuggest'>;

function Words({ field, stored, document, section, maySuggest }: WordsProps) {
  if (field.type === 'list') return <ReadItems {...{ field, stored, document, section, maySuggest }} />;
  if (isEmpty(field, stored)) return <p class="nothing">Not recorded</p>;
  if (field.type === 'group') return <GroupParts field={field} stored={stored} />;
  return <p class="prose">{valueWords(field, read(stored))}</p>;
}

function ReadItems({ field: list, stored, document, section, maySuggest }: WordsProps) {
  const disputes = useContext(DisputesContext);
  const within = (id: string) => disputes.filter(({ path }) => `${path}.`.startsWith(`${list.id}.${id}.`));
  const shown = items(stored).filter(([id, item]) => item.removed === undefined || within(id).length > 0);
  if (shown.length === 0) return <p class="nothing">None recorded</p>;
  return (
    <ol class="list__items">
      {shown.map(([id, item]) => (
        <li class="item" key={id}>
          <h4 class="item__name">{capital(itemName(list, item))}</h4>
          <ItemSummary
            list={list}
            item={item}
            without={within(id).map(({ path }) => path.split('.')[2] ?? '')}
          />
          {within(id).map((dispute) => (
            <ItemDispute key={dispute.path} {...{ dispute, list, document }} />
          ))}
          {maySuggest && (
            <SuggestItemChange
              section={section}
              list={list}
              item={id}
              name={itemName(list, item)}
              initial={typedItem(list, item)}
            />
          )}
        </li>
      ))}
    </ol>
  );
}
