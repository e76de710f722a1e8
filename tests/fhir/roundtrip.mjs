// The content of a plan read back from the QuestionnaireResponses of its document, and the same content as the clinical
// view has it: two readings that know nothing of each other and must be alike to the last value.

const DEFINITIONS = 'https://coplan.example/fhir/StructureDefinition/';
const QUESTIONNAIRE = 'https://coplan.example/fhir/Questionnaire/';

/** `section -> fields` of a document Bundle. */
export function fromDocument(bundle) {
  const responses = bundle.entry.map(({ resource }) => resource).filter(({ resourceType }) => resourceType === 'QuestionnaireResponse');
  return Object.fromEntries(
    responses.map(({ questionnaire, item }) => {
      const [section] = questionnaire.slice(QUESTIONNAIRE.length).split('|');
      return [section, fieldsOfItems(item)];
    }),
  );
}

/** `section -> fields` of a clinical view. */
export function fromView({ sections }) {
  return Object.fromEntries(sections.map(({ section, fields }) => [section, fieldsOfView(fields)]));
}

function fieldsOfItems(items = []) {
  const fields = {};
  for (const item of items) {
    const field = item.linkId.split('.').at(-1);
    const id = extension(item, 'item-id')?.valueId;
    const record = extension(item, 'record');
    if (record) (fields[field] ??= []).push(recordOfItem(item, record));
    else if (id !== undefined) (fields[field] ??= []).push({ id, ...held(item) });
    else fields[field] = held(item);
  }
  return fields;
}

/** What an item holds: a value or a group of fields, and what is disputed of it. */
function held(item) {
  const disputed = extension(item, 'disputed');
  const contenders = disputed?.extension.filter(({ url }) => url === 'contender').map(contenderOfExtension);
  return {
    ...(item.answer && { value: valueOf(item.answer[0]) }),
    ...(item.item && { fields: fieldsOfItems(item.item) }),
    ...(contenders && { contenders }),
  };
}
