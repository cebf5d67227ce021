/**
 * Large answers, written straight to bytes. A table of totals has some ten thousand fields, and walking them one by one as
 * graphql-js does costs more than everything else. Where a question is plain (one query without directives; below its
 * root fields only objects, lists and leaves whose fields take no arguments), each root field ends in one leaf: its
 * resolver runs as ever, guards included, and functions made once from the selection write its value as JSON. What is
 * written, with all its errors, is what graphql-js would have answered (written-answers.spec.ts holds the two against each
 * other); any other question is left to graphql-js.
 */
import type { FastifyReply } from 'fastify';
import {
  type ASTNode,
  BREAK,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLLeafType,
  type GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  locatedError,
  type OperationDefinitionNode,
  type ResponsePath,
  responsePathAsArray,
  visit,
} from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';
import { Recent } from '#core';
import { type Answer, bytesOf, NUL, sentAs, Written } from './answer-bytes.js';

const WrittenType = new GraphQLScalarType({ name: 'Written', serialize: (value) => value });

/** Writes the value of a place: `source` is what holds it (its object, or the list with `key` the place in it). */
type Place = (source: unknown, key: string | number, path: ResponsePath | undefined, answer: Answer) => string;
/** Writes a value that is there. */
type Writer = (value: unknown, path: ResponsePath | undefined, answer: Answer) => string;
/** A plain question: what graphql-js runs in its stead, on the schema that ends in leaves. */
type Plain = { schema: GraphQLSchema; document: DocumentNode };

/** Bytes kept for lists that never change. */
const MOST_KEPT = 16_000_000;

/** The resolver that Nest gives a field which only reads a property; a field with another one is not plain. */
const READS_PROPERTY = 'rootFieldResolver';

export class WrittenAnswers {
  private readonly known = new WeakMap<DocumentNode, Plain | null>();
  private readonly writers = new WeakMap<FieldNode, Writer>();
  private readonly kept = new Recent<string, Buffer>(MOST_KEPT, (bytes) => bytes.length);
  private readonly numbers = new WeakMap<object, number>();
  private numbered = 0;
  private leaves: GraphQLSchema | undefined;

  /** As Mercurius asks before it executes: what to execute instead, or nothing. One schema only, the first. */
  readonly instead = (schema: GraphQLSchema, document: DocumentNode, { reply }: { reply?: FastifyReply }) => {
    let plain = this.known.get(document);
    if (plain === undefined) {
      plain = this.plain(schema, document);
      this.known.set(document, plain);
    }
    if (!plain) return undefined;
    if (reply) {
      // Bytes are as good as text to Fastify, if not to its types.
      reply.serializer(sentAs as (answer: unknown) => string);
      if (!reply.hasHeader('content-type')) reply.type('application/json; charset=utf-8');
    }
    return plain;
  };

  private plain(schema: GraphQLSchema, document: DocumentNode): Plain | null {
    const operations = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    const [operation] = operations as OperationDefinitionNode[];
    if (operations.length !== 1 || operation!.operation !== 'query' || holdsDirective(document)) return null;
    const query = schema.getQueryType()!;
    const fragments: Fragments = {};
    for (const definition of document.definitions)
      if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments[definition.name.value] = definition;
    const names = new Set<string>();
    const selections: FieldNode[] = [];
    for (const node of operation!.selectionSet.selections) {
      if (node.kind !== Kind.FIELD) return null;
      const field = query.getFields()[node.name.value];
      const name = node.alias?.value ?? node.name.value;
      // A field asked for twice under one name is one field of both selections.
      if (!field || names.has(name)) return null;
      names.add(name);
      const type = isNonNullType(field.type) ? field.type.ofType : field.type;
      if (isLeafType(type)) {
        selections.push(node);
        continue;
      }
      const writer = this.writerOf({ schema, fragments, parent: query.name, field: field.name }, type, [node]);
      if (!writer) return null;
      const leaf: FieldNode = { ...node, selectionSet: undefined };
      this.writers.set(leaf, writer);
      selections.push(leaf);
    }
    this.leaves ??= this.withLeaves(schema);
    const selectionSet = { ...operation!.selectionSet, selections };
    return { schema: this.leaves, document: { ...document, definitions: [{ ...operation!, selectionSet }] } };
  }

  /** The same queries, each ending in what has been written. */
  private withLeaves(schema: GraphQLSchema): GraphQLSchema {
    const { fields, ...query } = schema.getQueryType()!.toConfig();
    for (const field of Object.values(fields)) {
      const { type, resolve } = field;
      const inner = isNonNullType(type) ? type.ofType : type;
      if (isLeafType(inner) || !resolve) continue;
      field.type = isNonNullType(type) ? new GraphQLNonNull(WrittenType) : WrittenType;
      field.resolve = async (source, args, context, info) => {
        const value: unknown = await resolve(source, args, context, info);
        if (value === null || value === undefined || value instanceof Error) return value;
        const answer: Answer = { errors: [], parts: [] };
        try {
          return new Written(bytesOf(this.writers.get(info.fieldNodes[0]!)!(value, info.path, answer), answer));
        } finally {
          const visit = context as { errors: GraphQLError[] | null };
          if (answer.errors.length > 0) visit.errors = [...(visit.errors ?? []), ...answer.errors];
        }
      };
    }
    return new GraphQLSchema({ query: new GraphQLObjectType({ ...query, fields }), assumeValid: true });
  }

  /** @returns null where a type or a field is not plain */
  private writerOf(at: At, type: GraphQLOutputType, nodes: readonly FieldNode[]): Writer | null {
    if (isLeafType(type)) return leafWriter(type);
    if (isListType(type)) return this.listWriter(at, type, nodes);
    return isObjectType(type) && !type.isTypeOf ? this.objectWriter(at, type, nodes) : null;
  }

  private objectWriter(at: At, type: GraphQLObjectType, nodes: readonly FieldNode[]): Writer | null {
    const parts: { head: string; key: string; place: Place }[] = [];
    for (const [key, below] of collectSubfields(at.schema, at.fragments, {}, type, nodes)) {
      const place = this.fieldPlace(at, type, below);
      if (!place) return null;
      parts.push({ head: `${parts.length === 0 ? '{' : ','}${JSON.stringify(key)}:`, key, place });
    }
    return (value, path, answer) => {
      mustBeThere(value);
      let text = '';
      for (const { head, key, place } of parts) text += head + place(value, key, path, answer);
      return `${text || '{'}}`;
    };
  }

  private fieldPlace(at: At, parent: GraphQLObjectType, nodes: readonly FieldNode[]): Place | null {
    const name = nodes[0]!.name.value;
    if (name === '__typename') return () => JSON.stringify(parent.name);
    const field = parent.getFields()[name];
    if (!field || field.args.length > 0 || field.resolve?.name !== READS_PROPERTY) return null;
    const read = field.resolve as unknown as (source: unknown) => unknown;
    return this.place({ ...at, parent: parent.name, field: name }, field.type, nodes, (source) => read(source));
  }

  private listWriter(at: At, type: GraphQLList<GraphQLOutputType>, nodes: readonly FieldNode[]): Writer | null {
    const place = this.place(at, type.ofType, nodes, (list, key) => (list as unknown[])[key as number]);
    if (!place) return null;
    const write = (list: readonly unknown[], path: ResponsePath | undefined, answer: Answer) => {
      let text = '[';
      for (let key = 0; key < list.length; key++) text += (key === 0 ? '' : ',') + place(list, key, path, answer);
      return `${text}]`;
    };
    const writer = ++this.numbered;
    return (value, path, answer) => {
      mustBeThere(value);
      // What is frozen is frozen in full and never changes; its bytes, in this selection, are always the same.
      if (!Array.isArray(value) || !Object.isFrozen(value)) return write(listed(value, at), path, answer);
      const key = `${writer} ${this.numberOf(value)}`;
      let bytes = this.kept.get(key);
      if (bytes === undefined) {
        const before = answer.errors.length;
        const own: Answer = { errors: answer.errors, parts: [] };
        bytes = bytesOf(write(value, path, own), own);
        if (answer.errors.length === before) this.kept.set(key, bytes);
      }
      return `${NUL}${answer.parts.push(bytes) - 1}${NUL}`;
    };
  }

  private numberOf(list: object): number {
    let number = this.numbers.get(list);
    if (number === undefined) {
      number = ++this.numbered;
      this.numbers.set(list, number);
    }
    return number;
  }

  /** One place of an object or a list: an error ends at the nearest place that may be empty, as GraphQL has it. */
  private place(
    at: At,
    type: GraphQLOutputType,
    nodes: readonly FieldNode[],
    read: (source: unknown, key: string | number) => unknown,
  ): Place | null {
    const strict = isNonNullType(type);
    const inner = strict ? type.ofType : type;
    const write = this.writerOf(at, inner, nodes);
    if (!write) return null;
    const leaf = isLeafType(inner);
    return (source, key, path, answer) => {
      const own = leaf ? undefined : { prev: path, key, typename: undefined };
      try {
        const value = read(source, key);
        if (value !== null && value !== undefined) return write(value, own, answer);
        if (strict) throw new Error(`Cannot return null for non-nullable field ${at.parent}.${at.field}.`);
        return 'null';
      } catch (raw) {
        const error = locatedError(
          raw,
          nodes as ASTNode[],
          responsePathAsArray(own ?? { prev: path, key, typename: undefined }),
        );
        if (strict) throw error;
        answer.errors.push(error);
        return 'null';
      }
    };
  }
}

type Fragments = { [name: string]: FragmentDefinitionNode };
/** Where in the question: `parent` and `field` name the field whose value is written. */
type At = { schema: GraphQLSchema; fragments: Fragments; parent: string; field: string };

function leafWriter(type: GraphQLLeafType): Writer {
  return (value) => {
    if (value instanceof Error) throw value;
    const serialized: unknown = type.serialize(value);
    if (serialized === null || serialized === undefined)
      throw new Error(`Expected \`${type}.serialize()\` to return a value, returned: ${serialized}`);
    return JSON.stringify(serialized);
  };
}

/** Errors within an answer are errors; promises within one, graphql-js would wait for, and we have none. */
function mustBeThere(value: unknown): void {
  if (value instanceof Error) throw value;
  if (typeof (value as { then?: unknown }).then === 'function') throw new Error('A promise within an answer');
}

function listed(value: unknown, { parent, field }: At): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === 'object' && value !== null && Symbol.iterator in value) return [...(value as Iterable<unknown>)];
  throw new GraphQLError(`Expected Iterable, but did not find one for field "${parent}.${field}".`);
}

function holdsDirective(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    Directive() {
      found = true;
      return BREAK;
    },
  });
  return found;
}
