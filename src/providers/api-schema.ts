/** The part of a definition that says how callers reach a provider's API through Latchkey: its schema. Called by
 *  definition.ts; what each key means stands in provider.ts (ProviderApi). */
import * as z from 'zod';

/** They belong to the connection, to cookies or to the framing of a body: none of them may be fixed or carry a token. */
const RESERVED =
  /^(connection|content-length|cookie|expect|forwarded|host|keep-alive|te|trailer|transfer-encoding|upgrade|(proxy|x-forwarded|latchkey)-.*)$/;

/** RFC 9110 §5.1, in small letters. */
const headerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'is not the name of a header in small letters')
  .refine((name) => !RESERVED.test(name), 'belongs to the connection or to Latchkey and cannot be set here');

/** RFC 9110 §5.5, without what is not ASCII. */
export const HEADER_VALUE = /^[\x21-\x7e]([\x20-\x7e]{0,998}[\x21-\x7e])?$/;
export const headerValue = z.string().regex(HEADER_VALUE, 'is not the value of a header');

/** RFC 3986 §3.3; `*` is one segment, `**` at the end any number of them. */
const pathPattern = z
  .string()
  .regex(
    /^(\/(\*|[A-Za-z0-9._~%!$&'()+,;=:@-]+))*(\/\*\*|\/)?$/,
    'is not a path: it begins with /, * stands for one segment, ** at the end for all that follow',
  )
  .refine((path) => path !== '', 'is empty');

const rule = z.strictObject({
  methods: z
    .array(z.string().regex(/^[A-Z][A-Z-]{1,19}$/, 'is not a method in capital letters'))
    .min(1)
    .nullable()
    .default(null),
  paths: z.array(pathPattern).min(1).default(['/**']),
  roles: z
    .array(z.enum(['user', 'admin']))
    .min(1)
    .default(['user']),
});

export const apiSchema = z.strictObject({
  base: z.string().optional(),
  headers: z.record(headerName, headerValue).default({}),
  token: z
    .strictObject({
      header: headerName.optional(),
      scheme: z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9._-]{0,30}$/, 'is not the name of a scheme')
        .nullable()
        .optional(),
      query: z
        .string()
        .regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'is not the name of a parameter')
        .optional(),
    })
    .prefault({}),
  echoesToken: z.boolean().optional(),
  allow: z.array(rule).min(1).nullable().default(null),
});
