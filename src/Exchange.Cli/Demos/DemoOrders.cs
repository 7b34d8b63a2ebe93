using System.Globalization;
using System.Text;

namespace Exchange.Cli.Demos;

/// <summary>
/// The orders of the demonstration's firms: what competitors never show each other, nor a statistician each by itself. Their offers let
/// them into secure sums over at least three firms, and nowhere else.
/// </summary>
internal static class DemoOrders
{
    /// <summary>The product file.</summary>
    public const string Product = """
        # SYNTHETIC data of the demonstration.
        product: orders/1
        title: Orders and their margins, one row an order (synthetic)
        unit: row
        columns:
          product_type: {type: string, role: dimension, domain: [sweater, sock, scarf, glove], required: true}
          export:       {type: bool, role: dimension, required: true}
          pieces:       {type: int, role: measure, bounds: [0, 5000], measured_in: pieces, required: true}
          margin:       {type: double, role: measure, bounds: [-50, 100], measured_in: percent, required: true}

        """;

    /// <summary>The offer file, the same for every firm.</summary>
    public const string Offer = """
        offer: orders-in-sums
        product: orders/1
        consumers: {kinds: [institute, government]}
        purposes: [research, statistics]
        release: checked
        aggregation: secure
        disclosure: {min_units: 10, min_nodes: 3}
        approval: automatic
        expires: 2099-12-31

        """;

    /// <summary>A question that no firm would answer by itself.</summary>
    public const string Question = "SELECT product_type, COUNT(*) AS orders, SUM(pieces) AS pieces, AVG(margin) AS mean_margin FROM orders GROUP BY product_type ORDER BY product_type";

    /// <summary>A firm's orders as CSV.</summary>
    public static string Csv(DemoFirm firm)
    {
        var text = new StringBuilder("product_type,export,pieces,margin\n");
        for (var order = 0; order < 40 * firm.Workers.Sum(); order++)
        {
            // Whole numbers of a fixed pattern, so that every machine writes the same.
            var draw = (order * 7919 + (int)firm.Seed * 104_729) % 10_007;
            var type = DemoData.ProductTypes[draw % DemoData.ProductTypes.Count];
            text.Append(CultureInfo.InvariantCulture, $"{type},{(draw % 3 == 0 ? "true" : "false")},{50 + draw % 950},{draw % 400 / 10.0 - 5 + (firm.Seed / 11):0.0}\n");
        }

        return text.ToString();
    }
}
