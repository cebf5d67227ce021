/**
 * What is written straight to bytes is what graphql-js answers: for any plain question over any data, well-formed or not.
 * And the product's own large question is a plain one.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  execute,
  GraphQLEnumType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLNullableType,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  parse,
  validate,
} from 'graphql';
import { WrittenAnswers } from './written-answers.js';

/** Reads a property as Nest's fields do, under the name that they carry. */
function field(name: string, type: GraphQLOutputType) {
  const rootFieldResolver = (source: Record<string, unknown>) => source[name];
  return { type, resolve: rootFieldResolver };
}
const Colour = new GraphQLEnumType({ name: 'Colour', values: { RED: { value: 'red' }, BLUE: { value: 'blue' } } });
const Exact = new GraphQLScalarType({ name: 'Exact', serialize: (value) => String(value) });
const Anything = new GraphQLScalarType({ name: 'Anything', serialize: (value) => ({ it: value }) });
const strict = <T extends GraphQLNullableType & GraphQLOutputType>(type: T) => new GraphQLNonNull(type);
const Leaf = new GraphQLObjectType({
  name: 'Leaf',
  fields: {
    text: field('text', GraphQLString),
    must: field('must', strict(GraphQLString)),
    count: field('count', GraphQLInt),
    colour: field('colour', strict(Colour)),
    exact: field('exact', Exact),
    anything: field('anything', Anything),
  },
});
const Node: GraphQLObjectType = new GraphQLObjectType({
  name: 'Node',
  fields: () => ({
    name: field('name', strict(GraphQLString)),
    leaf: field('leaf', Leaf),
    must: field('must', strict(Leaf)),
    tags: field('tags', new GraphQLList(strict(GraphQLString))),
    leaves: field('leaves', strict(new GraphQLList(strict(Leaf)))),
    loose: field('loose', new GraphQLList(Leaf)),
    below: field('below', Node),
    grid: field('grid', new GraphQLList(new GraphQLList(GraphQLInt))),
  }),
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: {
      node: { type: Node, args: { of: { type: GraphQLString } }, resolve: async (root) => root.node },
      nodes: { type: strict(new GraphQLList(strict(Node))), resolve: async (root) => root.nodes },
      word: { type: GraphQLString, resolve: () => 'một chữ "trong ngoặc"' },
    },
  }),
});

/** Mostly as the schema says, now and then not: nothing, an error, something else. */
const odd = <T>(usual: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 12, arbitrary: usual as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(null, undefined, 'khác', 7, [], {}) },
    { weight: 1, arbitrary: fc.constant(new Error('hỏng')) },
  );
const leaf = fc.record({
  text: odd(fc.string({ unit: 'grapheme' })),
  must: odd(fc.string()),
  count: odd(fc.integer({ min: -5, max: 5_000_000_000 })),
  colour: odd(fc.constantFrom('red', 'blue')),
  exact: odd(fc.bigInt().map(String)),
  anything: odd(fc.constant([1, 'a'])),
});
const { node } = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.record({
    name: odd(fc.string()),
    leaf: odd(leaf),
    must: odd(leaf),
    tags: odd(fc.array(odd(fc.string()), { maxLength: 3 })),
    leaves: odd(fc.array(odd(leaf), { maxLength: 3 })),
    loose: odd(fc.oneof(fc.array(odd(leaf), { maxLength: 3 }), fc.constant(new Set<unknown>()))),
    below: fc.option(tie('node'), { depthSize: 'small' }),
    grid: odd(fc.array(odd(fc.array(odd(fc.integer({ min: 0, max: 9 })), { maxLength: 2 })), { maxLength: 2 })),
  }),
}));
const data = fc.record({ node: odd(node), nodes: odd(fc.array(odd(node), { maxLength: 3 })) });

const leafSelection = fc
  .uniqueArray(
    fc.constantFrom('text', 'must', 'count', 'colour', 'exact', 'anything', '__typename', 'other: text', '...OfLeaf'),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => `{ ${parts.join(' ')} }`);
const { nodeSelection } = fc.letrec<{ nodeSelection: string }>((tie) => {
  const part = fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('name', 'tags', 'grid', '__typename', 'again: name', '... on Node { name leaf { count } }'),
    fc.tuple(fc.constantFrom('leaf', 'must', 'leaves', 'loose'), leafSelection).map((both) => both.join(' ')),
    fc.tuple(fc.constant('below'), tie('nodeSelection')).map((both) => both.join(' ')),
  );
  return { nodeSelection: fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `{ ${parts.join(' ')} }`) };
});
const question = fc
  .tuple(nodeSelection, nodeSelection, fc.boolean())
  .map(
    ([one, many, word]) =>
      `query Q($of: String) { node(of: $of) ${one} all: nodes ${many} ${word ? 'word' : ''} } fragment OfLeaf on Leaf { must count }`,
  )
  .filter((text) => validate(schema, parse(text)).every(({ message }) => message.includes('never used')));

type Errors = { errors: { toJSON(): unknown }[] | null };
const told = (errors: readonly { toJSON(): unknown }[] | null | undefined) =>
  (errors ?? []).map((error) => JSON.stringify(error)).sort();

/** What is sent: what the serializer makes, and the errors, in no order. */
async function sent(answers: WrittenAnswers, text: string, rootValue: unknown) {
  const document = parse(text);
  let serializer: (answer: unknown) => string | Buffer = JSON.stringify;
  const reply = {
    serializer: (given: typeof serializer) => {
      serializer = given;
    },
    hasHeader: () => false,
    type: () => {},
  };
  const instead = answers.instead(schema, document, { reply: reply as never });
  const contextValue: Errors = { errors: null };
  const result = await execute({ schema, document, ...instead, rootValue, contextValue });
  return {
    plain: instead !== undefined,
    data: JSON.parse(String(serializer({ data: result.data }))).data,
    errors: told([...(result.errors ?? []), ...(contextValue.errors ?? [])]),
  };
}

describe('an answer written straight to bytes', () => {
  it('is what graphql-js answers, errors and all', async () => {
    await fc.assert(
      fc.asyncProperty(question, data, async (text, rootValue) => {
        const usual = await execute({ schema, document: parse(text), rootValue });
        const written = await sent(new WrittenAnswers(), text, rootValue);
        expect(written.plain).toBe(true);
        expect(written.data).toEqual(JSON.parse(JSON.stringify(usual.data)));
        expect(written.errors).toEqual(told(usual.errors));
      }),
      { numRuns: 250 },
    );
  });

  it('keeps the bytes of what is frozen, each selection its own, and writes the rest anew', async () => {
    const answers = new WrittenAnswers();
    const grid = Object.freeze([Object.freeze([1, 2]), Object.freeze([]), Object.freeze([3])]);
    const one = { name: 'a', leaves: Object.freeze([Object.freeze({ must: 'NUL \0 ở đây', colour: 'red' })]), grid };
    const root = { nodes: [one], node: { name: 'trên', grid } };
    for (const selection of ['must', 'colour', 'must colour', 'must'])
      for (const name of ['a', 'b']) {
        one.name = name;
        const text = `{ nodes { name leaves { ${selection} } grid } node { grid name } }`;
        const usual = await execute({ schema, document: parse(text), rootValue: root });
        expect((await sent(answers, text, root)).data).toEqual(JSON.parse(JSON.stringify(usual.data)));
      }
  });

  it.each([
    '{ node @include(if: true) { name } }',
    'query A { node { name } } query B { word }',
    '{ ...F } fragment F on Query { node { name } }',
    '{ __schema { types { name } } }',
    '{ node { name } node { again: name } }',
  ])('is left to graphql-js: %s', async (text) => {
    expect(new WrittenAnswers().instead(schema, parse(text), {})).toBeUndefined();
  });
});
