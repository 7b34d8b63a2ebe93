using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Approval;

/// <summary>The owner's own check of a fragment. Pure; trusts nothing the asker's side did.</summary>
public static class FragmentPolicy
{
    /// <summary>Approves a fragment under the owner's terms, or refuses it naming the clause.</summary>
    /// <param name="fragment">As received: unknown enums, absent fields, deep nesting, NaN and type errors are refused here.</param>
    /// <param name="product">The product of the dataset; its hash must be the fragment's.</param>
    /// <param name="terms">The terms of the agreement's offer.</param>
    /// <param name="limits">Bounds on the plan.</param>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException">The refusal.</exception>
    public static ApprovedFragment Approve(Fragment fragment, Product product, OfferTerms terms, FragmentLimits limits) =>
        throw new NotImplementedException();
}
