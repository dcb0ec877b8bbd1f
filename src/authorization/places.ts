import {
  DirectiveLocation,
  type GraphQLDirective,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
} from "graphql";
import type { SchemaElement } from "./directives.ts";
import { createReach, type Reach } from "./reach.ts";

/** Somewhere in a schema where a rule can be written, in SDL or in code. */
export interface Place {
  /** Its schema coordinate. */
  readonly coordinate: string;
  readonly element: SchemaElement;
  /** Why a rule here could never take effect, with the mend; undefined where it can. */
  readonly obstacle: string | undefined;
}

const nowhere = "no rule can be enforced here; move it to the fields, arguments or types it is meant to guard";
const unreached = "no operation reaches this type; remove the rule, or let a field return the type";
const unimplemented =
  "no object type that an operation reaches implements this interface; remove the rule, or write it on object types";
const unreturned =
  "no field that an operation reaches returns this type; write the rule on the fields or arguments it is meant to guard";
const untaken =
  "no argument that an operation can give takes this type; remove the rule, or let an argument take the type";

/** Every place of a schema, rule or not. SDL validation refuses some of them first; schemas made in code have none. */
export function listPlaces(schema: GraphQLSchema): readonly Place[] {
  const reach = createReach(schema);
  return [
    { coordinate: "schema", element: schema, obstacle: nowhere },
    ...Object.values(schema.getTypeMap())
      .filter((type) => !isIntrospectionType(type))
      .flatMap((type) => listPlacesOfType(type, reach)),
    ...schema
      .getDirectives()
      .flatMap(({ name, args }) => args.map((arg) => toPlace(`@${name}(${arg.name}:)`, arg, nowhere))),
  ];
}

function listPlacesOfType(type: GraphQLNamedType, reach: Reach): readonly Place[] {
  if (isObjectType(type) || isInterfaceType(type)) {
    const obstacle = isObjectType(type)
      ? unless(reach.objects.has(type), unreached)
      : unless(reach.implemented.has(type), unimplemented);
    return [
      toPlace(type.name, type, obstacle),
      ...Object.values(type.getFields()).flatMap((field) => [
        toPlace(`${type.name}.${field.name}`, field, obstacle),
        ...field.args.map((arg) => toPlace(toArgumentCoordinate(type, field, arg), arg, obstacle)),
      ]),
    ];
  }
  if (isInputObjectType(type)) {
    const obstacle = unless(reach.taken.has(type), untaken);
    const fields = Object.values(type.getFields());
    return [
      toPlace(type.name, type, nowhere),
      ...fields.map((field) => toPlace(`${type.name}.${field.name}`, field, obstacle)),
    ];
  }
  const values = isEnumType(type) ? type.getValues() : [];
  return [
    toPlace(type.name, type, unless(reach.returned.has(type), unreturned)),
    ...values.map((value) => toPlace(`${type.name}.${value.name}`, value, nowhere)),
  ];
}

/** The schema coordinate of an argument: `Query.users(limit:)`. */
export function toArgumentCoordinate(type: Named, field: Named, arg: Named): string {
  return `${type.name}.${field.name}(${arg.name}:)`;
}

interface Named {
  readonly name: string;
}

function toPlace(coordinate: string, element: SchemaElement, obstacle: string | undefined): Place {
  return { coordinate, element, obstacle };
}

function unless(isEffective: boolean, obstacle: string): string | undefined {
  return isEffective ? undefined : obstacle;
}

const executable: readonly DirectiveLocation[] = [
  DirectiveLocation.QUERY,
  DirectiveLocation.MUTATION,
  DirectiveLocation.SUBSCRIPTION,
  DirectiveLocation.FIELD,
  DirectiveLocation.FRAGMENT_DEFINITION,
  DirectiveLocation.FRAGMENT_SPREAD,
  DirectiveLocation.INLINE_FRAGMENT,
  DirectiveLocation.VARIABLE_DEFINITION,
];

/** Whether operations may use a directive, and give values to its arguments. */
export function isExecutable({ locations }: GraphQLDirective): boolean {
  return locations.some((location) => executable.includes(location));
}
