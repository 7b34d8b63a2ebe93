using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests.Support;

/// <summary>SQL to approved fragments, by the way that nodes take.</summary>
internal static class Ask
{
    public static ApprovedFragment Fragment(Product product, string sql, int minUnits = 1, int cellsMax = 20_000, Disclosure? rules = null) =>
        Approve(product, QueryCompiler.Compile(sql, [product]).Fragment, minUnits, cellsMax, rules);

    public static ApprovedFragment Approve(Product product, Fragment fragment, int minUnits = 1, int cellsMax = 20_000, Disclosure? rules = null) => FragmentPolicy.Approve(
        fragment,
        product,
        new OfferTerms
        {
            Name = "open",
            Product = product.Id,
            Release = ReleaseClass.Checked,
            Aggregation = Aggregation.Each,
            Purposes = { "research" },
            Disclosure = rules ?? new Disclosure { MinUnits = minUnits },
        },
        new FragmentLimits { CellsMax = cellsMax });
}
