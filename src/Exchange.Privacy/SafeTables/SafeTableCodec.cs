namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The canonical bytes of a safe table: one table has one form, and nothing else reads as one. The reader trusts nothing: it checks that
/// value blocks are unions of count blocks, descriptions have only labels of the table, and every count block is over the threshold.
/// </summary>
public static class SafeTableCodec
{
    private const string Magic = "exchange/safe-table/v1";

    /// <summary>The bytes of a table.</summary>
    public static byte[] Encode(SafeTable table)
    {
        var writer = new TableWriter();
        writer.Text(Magic);
        Write(writer, table.Rules);
        writer.Flag(table.RowsAreUnits);
        writer.Flag(table.UnitIsRow);
        writer.List(table.Dimensions, dimension =>
        {
            writer.Text(dimension.Name);
            writer.Flag(dimension.Closed);
            writer.List(dimension.Labels, writer.Text);
        });
        writer.List(table.Measures, measure =>
        {
            writer.Text(measure.Name);
            writer.Count(measure.Scale ?? -1);
            writer.Optional(measure.Low);
            writer.Optional(measure.High);
        });
        writer.List(table.Pairs, pair =>
        {
            writer.Count(pair.First);
            writer.Count(pair.Second);
        });
        writer.List(table.CountBlocks, block =>
        {
            writer.List(block.Description, writer.Count);
            writer.Long(block.UnitsLeast);
            writer.Long(block.UnitsMost);
        });
        writer.List(table.Layers, layer => Write(writer, layer));
        return writer.ToArray();
    }

    /// <summary>The table of such bytes.</summary>
    /// <exception cref="InvalidDataException">Bytes that no table has.</exception>
    public static SafeTable Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new TableReader(bytes);
        TableReader.Require(reader.Text() == Magic);
        var rules = ReadRules(reader);
        var (rowsAreUnits, unitIsRow) = (reader.Flag(), reader.Flag());
        var dimensions = reader.List(() =>
        {
            var (name, closed) = (reader.Text(), reader.Flag());
            return new TableDimension(name!, reader.List(reader.Text), closed);
        });
        var measures = reader.List(() =>
        {
            var (name, scale) = (reader.Text(), reader.Int());
            return new TableMeasure(name!, scale < 0 ? null : scale, reader.Optional(), reader.Optional());
        });
        var pairs = reader.List(() => new TablePair(reader.Count(), reader.Count()));
        var blocks = reader.List(() => new CountBlock(reader.List(reader.Int), reader.Long(), reader.Long()));
        var layers = reader.List(() => ReadLayer(reader, measures));
        reader.End();
        var table = new SafeTable(rules, dimensions, measures, pairs, rowsAreUnits, unitIsRow, blocks, layers);
        TableValidator.Require(table);
        TableReader.Require(Encode(table).AsSpan().SequenceEqual(bytes));
        return table;
    }

    private static void Write(TableWriter writer, TableRules rules)
    {
        writer.Count(rules.MinUnits);
        writer.Count(rules.DominanceUnits);
        writer.Decimal(rules.DominancePercent);
        writer.Decimal(rules.PPercent);
        writer.Count(rules.Coalition);
        writer.Count(rules.MinSpread);
        writer.Count(rules.RoundTo);
    }

    private static TableRules ReadRules(TableReader reader) => new()
    {
        MinUnits = reader.Count(),
        DominanceUnits = reader.Count(),
        DominancePercent = reader.Decimal(),
        PPercent = reader.Decimal(),
        Coalition = reader.Count(),
        MinSpread = reader.Count(),
        RoundTo = reader.Count(),
    };

    private static void Write(TableWriter writer, ValueLayer layer)
    {
        writer.List(layer.Measures, writer.Count);
        writer.List(layer.Pairs, writer.Count);
        writer.Flag(layer.HasRows);
        writer.List(layer.Blocks, block =>
        {
            writer.List(block.Description, writer.Count);
            writer.List(block.Members, writer.Count);
            writer.Flag(block.Withheld);
            if (block.Figures is { } figures)
            {
                writer.Long(block.Rows ?? -1);
                writer.List(figures, measure => Write(writer, measure));
                writer.List(block.CrossDeviations, writer.Optional);
            }
        });
    }

    private static void Write(TableWriter writer, MeasureFigures figures)
    {
        writer.Long(figures.Values);
        if (figures.Sum.IsFloating)
        {
            writer.Double(figures.Sum.Floating);
        }
        else
        {
            writer.Wide(figures.Sum.Exact);
        }

        writer.Optional(figures.SquaredDeviations);
        writer.Flag(figures.Histogram is not null);
        if (figures.Histogram is { } histogram)
        {
            writer.List(histogram.Edges, writer.Double);
            writer.List(histogram.Counts, writer.Long);
        }
    }

    private static ValueLayer ReadLayer(TableReader reader, TableMeasure[] measures)
    {
        var (own, pairs, hasRows) = (reader.List(reader.Count), reader.List(reader.Count), reader.Flag());
        TableReader.Require(own.All(measure => measure < measures.Length));
        return new(own, pairs, hasRows, reader.List(() => ReadBlock(reader, own, pairs.Length, measures)));
    }

    private static ValueBlock ReadBlock(TableReader reader, int[] own, int pairs, TableMeasure[] measures)
    {
        var (description, members, withheld) = (reader.List(reader.Int), reader.List(reader.Count), reader.Flag());
        if (withheld)
        {
            return new(description, members, null, null, new double?[pairs]);
        }

        var rows = reader.Long();
        var next = 0;
        var figures = reader.List(() => ReadFigures(reader, next < own.Length && measures[own[next++]].Scale is null));
        return new(description, members, figures, rows < 0 ? null : rows, reader.List(reader.Optional));
    }

    private static MeasureFigures ReadFigures(TableReader reader, bool floating)
    {
        var values = reader.Long();
        var sum = floating ? (Amount)reader.Double() : reader.Wide();
        var squares = reader.Optional();
        return new(values, sum, squares, reader.Flag() ? new HistogramFigures(reader.List(reader.Double), reader.List(reader.Long)) : null);
    }
}
