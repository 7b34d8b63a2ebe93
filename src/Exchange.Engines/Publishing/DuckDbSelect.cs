using System.Globalization;
using Exchange.Engines.DuckDb;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Publishing;

/// <summary>
/// How an import reads its source in DuckDB: a table function and one expression per stored column.
/// Its casts round 1.5 to an int, drop the offset of a timestamp and take 03/04/24 for a year. In a text file a <see cref="FieldGuard"/>
/// looks for such fields; elsewhere an expression raises an error for every one. The slow path then decides.
/// </summary>
internal sealed record DuckDbSelect(string From, IReadOnlyList<string> Expressions)
{
    private const string Doubt = "error('doubt')";

    /// <summary>Reads a UTF-8 text file as it was found, for a <see cref="FieldGuard"/> to look at. Null when a column's format is not one that DuckDB reads alike.</summary>
    public static DuckDbSelect? OfText(CsvLayout layout, ColumnMatch match, IReadOnlyList<StoredColumn> columns)
    {
        if (!layout.IsUtf8 || columns.Any(column => !ReadsAlike(column.Format)))
        {
            return null;
        }

        var types = Enumerable.Repeat("VARCHAR", layout.Header.Count).ToArray();
        for (var index = 0; index < columns.Count; index++)
        {
            types[match.Positions[index]] = columns[index].Format.Length > 0 ? "VARCHAR" : TypeName(columns[index].Type);
        }

        return new DuckDbSelect(
            ReadCsv(layout.File, layout.Delimiter, header: true, types),
            [.. columns.Select((column, index) => column.Format.Length > 0 ? FromText(Name(match.Positions[index]), column) : Name(match.Positions[index]))]);
    }

    /// <summary>Reads a <see cref="CleanFile"/>.</summary>
    public static DuckDbSelect OfClean(string file, IReadOnlyList<StoredColumn> columns) => new(
        ReadCsv(file, ',', header: false, [.. columns.Select(column => TypeName(column.Type))]),
        [.. columns.Select((_, index) => Name(index))]);

    /// <summary>Reads a Parquet file by the types it declares, guarded where those are not the product's.</summary>
    /// <param name="file">The file.</param>
    /// <param name="types">DuckDB's type of every column of the file.</param>
    /// <param name="match">Which of them are stored.</param>
    /// <param name="names">Names of the file's columns.</param>
    /// <param name="columns">The stored columns.</param>
    public static DuckDbSelect OfParquet(string file, IReadOnlyList<string> names, IReadOnlyList<string> types, ColumnMatch match, IReadOnlyList<StoredColumn> columns) => new(
        FromParquet(file),
        [.. columns.Select((column, index) => FromTyped(SqlText.Identifier(names[match.Positions[index]]), types[match.Positions[index]], column))]);

    /// <summary>The table function over a Parquet file.</summary>
    public static string FromParquet(string file, string option = "hive_partitioning = false") => $"read_parquet({SqlText.Literal(EscapeGlob(file))}, {option})";

    /// <summary>DuckDB's name of a type.</summary>
    public static string TypeName(ColumnType type) => type.Kind switch
    {
        TypeKind.Int => "BIGINT",
        TypeKind.Double => "DOUBLE",
        TypeKind.Decimal => string.Create(CultureInfo.InvariantCulture, $"DECIMAL({type.Precision},{type.Scale})"),
        TypeKind.Bool => "BOOLEAN",
        TypeKind.Date => "DATE",
        TypeKind.Timestamp => "TIMESTAMP",
        _ => "VARCHAR",
    };

    private static string ReadCsv(string file, char delimiter, bool header, IReadOnlyList<string> types)
    {
        var columns = string.Join(", ", types.Select((type, index) => $"'{Name(index)}': '{type}'"));
        return $"read_csv({SqlText.Literal(EscapeGlob(file))}, auto_detect = false, header = {(header ? "true" : "false")}, delim = {SqlText.Literal(delimiter.ToString())}, "
            + $"quote = '\"', escape = '\"', nullstr = '', columns = {{{columns}}})";
    }

    private static string Name(int position) => "c" + position.ToString(CultureInfo.InvariantCulture);

    /// <summary>A path is one file, whatever characters its name has.</summary>
    private static string EscapeGlob(string file) => file.Replace("[", "[[]", StringComparison.Ordinal).Replace("*", "[*]", StringComparison.Ordinal).Replace("?", "[?]", StringComparison.Ordinal);

    private static string FromText(string name, StoredColumn column)
    {
        var type = TypeName(column.Type);
        return column.Type.Kind switch
        {
            TypeKind.Int => Guarded(name, $"CAST(CAST({name} AS BIGINT) AS VARCHAR) = {name}", $"CAST({name} AS BIGINT)"),
            TypeKind.Decimal => Guarded(
                name,
                string.Create(CultureInfo.InvariantCulture, $"(strpos({name}, '.') = 0 OR length({name}) - strpos({name}, '.') <= {column.Type.Scale}) AND NOT contains(lower({name}), 'e') AND NOT contains({name}, '_')"),
                $"CAST({name} AS {type})"),
            TypeKind.Date or TypeKind.Timestamp when column.Format.Length > 0 => $"CAST(strptime({name}, {SqlText.Literal(column.Format)}) AS {type})",
            TypeKind.Date => Guarded(name, $"CAST(CAST({name} AS DATE) AS VARCHAR) = {name}", $"CAST({name} AS DATE)"),
            TypeKind.Timestamp => Guarded(name, $"CAST(CAST({name} AS TIMESTAMP) AS VARCHAR) = replace(rtrim({name}, 'Z'), 'T', ' ')", $"CAST({name} AS TIMESTAMP)"),
            _ => name,
        };
    }

    private static string FromTyped(string name, string source, StoredColumn column)
    {
        var kind = source.Split('(')[0];
        var whole = kind is "TINYINT" or "SMALLINT" or "INTEGER" or "BIGINT" or "UTINYINT" or "USMALLINT" or "UINTEGER" or "UBIGINT";
        var same = column.Type.Kind switch
        {
            TypeKind.Int => whole,
            TypeKind.Double => whole || kind is "DOUBLE" or "FLOAT" or "DECIMAL",
            TypeKind.Decimal => whole || (kind == "DECIMAL" && ScaleOf(source) <= column.Type.Scale),
            TypeKind.Bool => kind == "BOOLEAN",
            TypeKind.Date => kind == "DATE",
            TypeKind.Timestamp => kind.StartsWith("TIMESTAMP", StringComparison.Ordinal) && !source.Contains("TIME ZONE", StringComparison.Ordinal),
            _ => kind is "VARCHAR" or "ENUM",
        };
        var target = TypeName(column.Type);
        if (same)
        {
            return column.Type.Kind == TypeKind.String ? $"nullif(CAST({name} AS VARCHAR), '')" : $"CAST({name} AS {target})";
        }

        return $"CAST({FromText($"nullif(CAST({name} AS VARCHAR), '')", column)} AS {target})";
    }

    private static int ScaleOf(string source) => int.Parse(source.TrimEnd(')').Split(',')[^1], CultureInfo.InvariantCulture);

    private static string Guarded(string name, string condition, string value) => $"CASE WHEN {name} IS NULL OR ({condition}) THEN {value} ELSE {Doubt} END";

    private static bool ReadsAlike(string format)
    {
        for (var index = 0; index < format.Length - 1; index++)
        {
            if (format[index] == '%' && !"YmdHIMSpbB".Contains(format[++index], StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }
}
