/** Compares two schemas by the names that clients write: what the first promises and the second lacks or has otherwise. */
import { Kind, parse, print } from 'graphql';
import type {
  DefinitionNode,
  EnumTypeDefinitionNode,
  FieldDefinitionNode,
  InputValueDefinitionNode,
  InterfaceTypeDefinitionNode,
  ObjectTypeDefinitionNode,
  UnionTypeDefinitionNode,
} from 'graphql';

/** Each difference as a line: "Query.me(provider:): expected ID!, found ID". A name without a colon is missing. */
export function differencesBetween(promised: string, built: string): string[] {
  const wanted = factsOf(promised);
  const found = factsOf(built);
  return [...wanted].flatMap(([name, value]) => {
    const actual = found.get(name);
    if (actual === undefined) return [name];
    return actual === value ? [] : [`${name}: expected ${value}, found ${actual}`];
  });
}

/** The schema as flat facts: "Provider.name" -> "String!", "User.connectedAccounts(first:)" -> "Int! = 20". */
function factsOf(text: string): Map<string, string> {
  return new Map(parse(text).definitions.flatMap(factsOfDefinition));
}

type Fact = readonly [name: string, value: string];

function factsOfDefinition(node: DefinitionNode): Fact[] {
  const { name } = node as { name: { value: string } };
  const own: Fact = [name.value, node.kind];
  if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
    return [own, ...interfacesOf(node), ...(node.fields ?? []).flatMap((field) => factsOfField(name.value, field))];
  }
  if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) {
    return [own, ...(node.fields ?? []).map((field) => factOfInput(`${name.value}.${field.name.value}`, field))];
  }
  if (node.kind === Kind.ENUM_TYPE_DEFINITION) return [own, ...valuesOf(node)];
  if (node.kind === Kind.UNION_TYPE_DEFINITION) return [own, ...membersOf(node)];
  if (node.kind === Kind.SCALAR_TYPE_DEFINITION) return [own];
  throw new Error(`The comparison does not know ${node.kind}.`);
}

function interfacesOf({ name, interfaces }: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode): Fact[] {
  return (interfaces ?? []).map((one) => [`${name.value} implements ${one.name.value}`, 'yes']);
}

function factsOfField(owner: string, { name, type, arguments: inputs }: FieldDefinitionNode): Fact[] {
  const place = `${owner}.${name.value}`;
  return [[place, print(type)], ...(inputs ?? []).map((input) => factOfInput(`${place}(${input.name.value}:)`, input))];
}

function factOfInput(place: string, { type, defaultValue }: InputValueDefinitionNode): Fact {
  return [place, defaultValue ? `${print(type)} = ${print(defaultValue)}` : print(type)];
}

function valuesOf({ name, values }: EnumTypeDefinitionNode): Fact[] {
  return (values ?? []).map((value) => [`${name.value}.${value.name.value}`, 'value']);
}

function membersOf({ name, types }: UnionTypeDefinitionNode): Fact[] {
  return (types ?? []).map((type) => [`${name.value} = ${type.name.value}`, 'member']);
}
