// What is wrong with a QuestionnaireResponse by the Questionnaire that it answers (FHIR R4, notes on both resources): each
// item is asked for, in the order and as often as it is asked, and answered as it must be.

/** Which member of an answer each type of question is answered by; none for what groups other items. */
const ANSWERS = {
  group: [],
  display: [],
  boolean: ['valueBoolean'],
  decimal: ['valueDecimal'],
  integer: ['valueInteger'],
  date: ['valueDate'],
  dateTime: ['valueDateTime'],
  string: ['valueString'],
  text: ['valueString'],
  choice: ['valueCoding'],
  'open-choice': ['valueCoding', 'valueString'],
  quantity: ['valueQuantity'],
};
const MAX_OCCURS = 'http://hl7.org/fhir/StructureDefinition/questionnaire-maxOccurs';

/** What is wrong, one sentence each; nothing if nothing is. */
export function whatIsWrongWithResponse(response, questionnaire) {
  const wrong = [];
  const canonical = `${questionnaire.url}|${questionnaire.version}`;
  if (response.questionnaire !== canonical) wrong.push(`it answers ${response.questionnaire}, not ${canonical}`);
  items({ asked: questionnaire.item, given: response.item, whole: response.status === 'completed', wrong });
  return wrong;
}

function items({ asked = [], given = [], whole, wrong }) {
  const places = new Map(asked.map(({ linkId }, place) => [linkId, place]));
  let last = 0;
  for (const { linkId } of given) {
    const place = places.get(linkId);
    if (place === undefined) wrong.push(`${linkId} is not asked here`);
    else if (place < last) wrong.push(`${linkId} is out of order`);
    last = Math.max(last, place ?? 0);
  }
  for (const question of asked) {
    const mine = given.filter(({ linkId }) => linkId === question.linkId);
    howOften(question, mine.length, whole, wrong);
    for (const item of mine) one(question, item, whole, wrong);
  }
}

function howOften({ linkId, required, repeats, extension }, times, whole, wrong) {
  const most = repeats ? (extension?.find(({ url }) => url === MAX_OCCURS)?.valueInteger ?? Infinity) : 1;
  if (times > most) wrong.push(`${linkId} stands ${times} times, not at most ${most}`);
  if (times === 0 && required && whole) wrong.push(`${linkId} is required`);
}

function one(question, item, whole, wrong) {
  const { linkId, type, repeats, text } = question;
  if (type !== 'group' && item.text !== undefined && item.text !== text) {
    wrong.push(`${linkId} says \`${item.text}\`, not \`${text}\``);
  }
  const answers = item.answer ?? [];
  if (answers.length > 1 && !repeats) wrong.push(`${linkId} has ${answers.length} answers`);
  for (const answer of answers) answered(question, answer, wrong);
  items({ asked: question.item, given: item.item, whole, wrong });
}

function answered({ linkId, type, answerOption, maxLength }, answer, wrong) {
  const member = Object.keys(answer).find((name) => name.startsWith('value'));
  // An answer may have an extension instead of a value.
  if (member === undefined && answer.extension) return;
  if (!ANSWERS[type]?.includes(member)) wrong.push(`${linkId}, a ${type}, is answered by ${member}`);
  const value = answer[member];
  if (
    member === 'valueCoding' &&
    answerOption &&
    !answerOption.some(({ valueCoding }) => sameCoding(valueCoding, value))
  ) {
    wrong.push(`${linkId}: ${value.system}|${value.code} is no answer`);
  }
  if (maxLength !== undefined && typeof value === 'string' && [...value].length > maxLength) {
    wrong.push(`${linkId} is longer than ${maxLength}`);
  }
}

function sameCoding(one, other) {
  return one.system === other.system && one.code === other.code && one.display === other.display;
}
