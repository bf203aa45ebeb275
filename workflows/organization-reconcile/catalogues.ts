import { choice, when } from '../asl/choice.ts';
import type { States } from '../asl/definition.ts';
import { expr } from '../asl/expression.ts';
import { forEach } from '../asl/map.ts';
import { firstPage, morePages, pageOf, turnPage } from '../asl/page.ts';
import { whilePassing } from '../asl/retry.ts';
import { sdk } from '../asl/sdk.ts';
import { aliases } from '../control-tower.ts';
import { elseGiveUp, GIVE_UP, part } from './parts.ts';

const PRODUCT = 'AWS Control Tower Account Factory';

/** Control Tower calls newer controls by ARNs that say nothing; only Control Catalog knows what people call them. */
export const controls: States = {
  'List the catalogue of controls': sdk('controlcatalog:listControls', {
    arguments: pageOf("{'MaxResults': 100}", { variable: 'page' }),
    retry: whilePassing('controlcatalog'),
    catch: [elseGiveUp],
    assign: { listed: expr(`[${aliases('$contains($, /^(CT|SH)\\./)')}]`), ...turnPage('page') },
    next: 'Part: the catalogue of controls',
  }),
  'Part: the catalogue of controls': part('control-catalog', "{'Controls': $listed}", {
    next: 'More of the catalogue?',
  }),
  'More of the catalogue?': choice({
    rules: [when(morePages('page'), 'List the catalogue of controls')],
    assign: firstPage('page'),
    otherwise: 'List the policies',
  }),
};

/** Account Factory and what it has made. */
export const products: States = {
  'Look for Account Factory': sdk('servicecatalog:searchProductsAsAdmin', {
    arguments: { Filters: { FullTextSearch: [PRODUCT] } },
    retry: whilePassing('servicecatalog'),
    catch: [elseGiveUp],
    assign: {
      productId: expr(
        `($p := $states.result.ProductViewDetails.ProductViewSummary[Name = '${PRODUCT}'];
          $exists($p) ? $p[0].ProductId : '')`,
      ),
    },
    next: 'Is there an Account Factory?',
  }),
  'Is there an Account Factory?': choice({
    rules: [when("$productId != ''", 'Read the product')],
    assign: { failure: { error: 'NoAccountFactory', cause: `Service Catalog has no product ${PRODUCT}.` } },
    otherwise: GIVE_UP,
  }),
  'Read the product': sdk('servicecatalog:describeProductAsAdmin', {
    arguments: { Id: expr('$productId') },
    retry: whilePassing('servicecatalog'),
    catch: [elseGiveUp],
    assign: { versions: expr('[$states.result.ProvisioningArtifactSummaries.Id]') },
    next: 'Read the versions',
  }),
  'Read the versions': forEach('$versions', {
    comment: 'Only the description of a version says whether it is active.',
    atOnce: 3,
    startAt: 'Read the version',
    states: {
      'Read the version': {
        ...sdk('servicecatalog:describeProvisioningArtifact', {
          arguments: {
            ProductId: expr('$productId'),
            ProvisioningArtifactId: expr('$states.input'),
          },
          retry: whilePassing('servicecatalog'),
        }),
        Output: expr(
          "$states.result.ProvisioningArtifactDetail.{'Id': Id, 'Name': Name, 'Active': Active ? true : false}",
        ),
      },
    },
    catch: [elseGiveUp],
    assign: { artifacts: expr('$states.result') },
    next: 'Part: the product',
  }),
  'Part: the product': part(
    'product',
    `{'ProductId': $productId, 'Name': '${PRODUCT}', 'Artifacts': $artifacts}`,
    { assign: firstPage('page'), next: 'List the provisioned products' },
  ),
  'List the provisioned products': sdk('servicecatalog:searchProvisionedProducts', {
    arguments: pageOf(
      "{'AccessLevelFilter': {'Key': 'Account', 'Value': 'self'}, 'Filters': {'SearchQuery': ['productId:' & $productId]}, 'PageSize': 100}",
      { variable: 'page', token: 'PageToken' },
    ),
    retry: whilePassing('servicecatalog'),
    catch: [elseGiveUp],
    assign: {
      listed: expr(
        "[$states.result.ProvisionedProducts.{'Id': Id, 'Name': Name, 'Status': Status, 'PhysicalId': PhysicalId}]",
      ),
      ...turnPage('page', 'NextPageToken'),
    },
    next: 'Part: provisioned products',
  }),
  'Part: provisioned products': part('provisioned-products', "{'ProvisionedProducts': $listed}", {
    next: 'More provisioned products?',
  }),
  'More provisioned products?': choice({
    rules: [when(morePages('page'), 'List the provisioned products')],
    otherwise: 'Look for Identity Center',
  }),
};
