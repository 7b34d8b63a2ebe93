using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Query.Products;

namespace Exchange.Node.Catalog;

/// <summary>What this node's own register says about products and about this participant, fetched once more before saying no.</summary>
internal sealed class ProductLookup(RegisterCache register, NodeIdentity identity)
{
    /// <summary>The product of that id. One that is not in the register yet may have been published a moment ago, so the register is asked once more.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.ProductUnknown"/> with the nearest name.</exception>
    public async Task<Product> FindAsync(string productId, CancellationToken cancellationToken)
    {
        if (register.Current.Products.TryGetValue(productId, out var known))
        {
            return known;
        }

        try
        {
            await register.RefreshAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException)
        {
            // Without the identity server the register at hand is the answer.
        }

        return register.Current.Products.TryGetValue(productId, out var published) ? published : throw Unknown(productId);
    }

    /// <summary>Lets only a provider go on.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.NotProvider"/>.</exception>
    public void RequireProvider()
    {
        if (register.Current.Find(identity.ParticipantId)?.Roles.Contains(ParticipantRole.Provider) != true)
        {
            throw Reasons.NotProvider.Because("This participant does not have the role provider.", "Ask the operator to add the participant with that role.");
        }
    }

    private ExchangeException Unknown(string productId)
    {
        var nearest = NearestName.Of(productId, register.Current.Products.Keys);
        return Reasons.ProductUnknown.Because(
            "The exchange has no product of that name and major version.",
            nearest is null ? "List the products with `exchange product list`." : $"Did you mean {nearest}? List the products with `exchange product list`.");
    }
}
