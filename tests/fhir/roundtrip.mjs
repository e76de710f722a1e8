// The content of a plan read back from the QuestionnaireResponses of its document, and the same content as the clinical
// view has it: two readings that know nothing of each other and must be alike to the last value.

const DEFINITIONS = 'https://coplan.example/fhir/StructureDefinition/';
const QUESTIONNAIRE = 'https://coplan.example/fhir/Questionnaire/';

/** `section -> fields` of a document Bundle. */
export function fromDocument(bundle) {
  const resources = bundle.entry.map(({ resource }) => resource);
  const responses = resources.filter(({ resourceType }) => resourceType === 'QuestionnaireResponse');
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
    const id = part(item, 'item-id')?.valueId;
    const record = part(item, 'record');
    if (record) (fields[field] ??= []).push(recordOfItem(item, record));
    else if (id !== undefined) (fields[field] ??= []).push({ id, ...heldByItem(item) });
    else fields[field] = heldByItem(item);
  }
  return fields;
}

/** A value, or a group of fields, and what is disputed of it. */
function heldByItem(item) {
  const disputed = part({ extension: item.modifierExtension }, 'disputed');
  return held({
    value: item.answer && valueOf(item.answer[0]),
    fields: item.item && fieldsOfItems(item.item),
    contenders: disputed && parts(disputed, 'contender').map(contenderOfExtension),
  });
}

function recordOfItem(item, record) {
  const disputed = part({ extension: item.modifierExtension }, 'disputed');
  return {
    id: part(record, 'id').valueId,
    state: part(record, 'state').valueCode,
    applies: disputed ? part(disputed, 'applies').valueBoolean : false,
    fields: fieldsOfItems(item.item),
    recorded: signatureOfExtension(part(record, 'recorded')),
    endorsed: signatureOfExtension(part(record, 'endorsed')),
  };
}

function signatureOfExtension(extension) {
  if (!extension) return null;
  const said = (name) => part(extension, name)?.valueString ?? '';
  return {
    by: said('name'),
    job_title: said('job-title'),
    organisation: said('organisation'),
    registration: said('registration'),
    at: Date.parse(part(extension, 'at').valueDateTime),
  };
}

function contenderOfExtension(extension) {
  const said = (name) => part(extension, name)?.valueString ?? '';
  const display = valueOf(part(extension, 'display'));
  const value = part(extension, 'value');
  const items = parts(extension, 'item');
  return {
    display,
    by: said('by'),
    job_title: said('job-title'),
    organisation: said('organisation'),
    at: Date.parse(part(extension, 'at')?.valueDateTime),
    applies: part(extension, 'applies').valueBoolean,
    ...unlessDisplayed(value && valueOf(value), display),
    ...(items.length > 0 && { fields: fieldsOfExtensions(items) }),
  };
}

/** Items that stand inside of an extension. */
function fieldsOfExtensions(items) {
  const fields = {};
  for (const item of items) {
    const field = part(item, 'link-id').valueString.split('.').at(-1);
    const id = part(item, 'id')?.valueId;
    const answer = part(item, 'answer');
    const inner = parts(item, 'item');
    const content = held({
      value: answer && valueOf(answer),
      fields: inner.length > 0 ? fieldsOfExtensions(inner) : undefined,
    });
    if (id === undefined) fields[field] = content;
    else (fields[field] ??= []).push({ id, ...content });
  }
  return fields;
}

/** A value that is what people read is in the view as that only. */
function unlessDisplayed(value, display) {
  return value === undefined || value === display ? {} : { value };
}

/** The value of an answer or an extension: the member that starts so, a code for a Coding, a number for a Quantity. */
function valueOf(holder) {
  const exact = part(holder, 'exact');
  if (exact) return JSON.parse(exact.valueString);
  const [, value] = Object.entries(holder).find(([name]) => name.startsWith('value'));
  return value?.code ?? value?.value ?? value;
}

function part(holder, name) {
  return parts(holder, name)[0];
}

function parts({ extension }, name) {
  return (extension ?? []).filter(({ url }) => url === name || url === DEFINITIONS + name);
}

function fieldsOfView(fields) {
  return Object.fromEntries(fields.map((field) => [field.field, fieldOfView(field)]));
}

function fieldOfView(field) {
  if (field.records) return field.records.map(recordOfView);
  if (field.items && !field.contenders) {
    return field.items.map((item) => ({ id: item.id, ...held({ ...heldInView(item), value: undefined }) }));
  }
  return held(heldInView(field));
}

function heldInView({ value, display, fields, contenders }) {
  return {
    value: fields ? undefined : (value ?? display),
    fields: fields && fieldsOfView(fields),
    contenders: contenders?.map(contenderOfView),
  };
}

/** Only what there is; a group without a field is nothing, as it is in FHIR. */
function held({ value, fields, contenders }) {
  return {
    ...(value !== undefined && { value }),
    ...(fields && Object.keys(fields).length > 0 && { fields }),
    ...(contenders && { contenders }),
  };
}

function recordOfView({ id, state, applies = false, fields, recorded, endorsed }) {
  return {
    id,
    state,
    applies,
    fields: fieldsOfView(fields),
    recorded: signatureOfView(recorded),
    endorsed: signatureOfView(endorsed),
  };
}

function signatureOfView(signature) {
  if (!signature) return null;
  const { by, job_title, organisation, registration, at } = signature;
  return { by, job_title, organisation, registration: registration ?? '', at: Date.parse(at) };
}

function contenderOfView({ display, by = '', job_title = '', organisation = '', at, applies = false, value, fields }) {
  return {
    ...{ display, by, job_title, organisation, at: Date.parse(at), applies },
    ...unlessDisplayed(value, display),
    ...(fields && { fields: fieldsOfView(fields) }),
  };
}

/** How many values a reading holds. */
export function countOf(reading) {
  if (reading === null || typeof reading !== 'object') return 0;
  const own = Object.hasOwn(reading, 'value') ? 1 : 0;
  return own + Object.values(reading).reduce((sum, inner) => sum + countOf(inner), 0);
}
