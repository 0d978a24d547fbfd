using System.Data.Common;
using System.Globalization;
using EtlTools.Engine.Load;
using EtlTools.Engine.Load.Postgres;
using EtlTools.Engine.Load.Sqlite;
using EtlTools.Engine.Records;

namespace EtlTools.Engine.Extract.Sql;

/// <summary>Creates the statements for what is to be read.</summary>
internal sealed class SqlPlan
{
    private const string Watermark = "watermark";
    private const string Until = "etl_until";
    private const string KeyPrefix = "etl_key";

    private readonly SqlSourceOptions _options;
    private readonly TableName? _table;
    private readonly IReadOnlyList<string> _parameters;
    private readonly IReadOnlyDictionary<string, object?> _values;
    private string[] _types = [];
    private IReadOnlyList<string> _names;

    private SqlPlan(SqlSourceOptions options, TableName? table, IReadOnlyList<string> parameters, IReadOnlyDictionary<string, object?> values)
    {
        _options = options;
        _values = values;
        _table = table;
        _parameters = parameters;
        _names = options.Columns;
    }

    /// <summary>The table, or null for a query.</summary>
    public TableName? Table => _table;

    /// <summary>The value of the watermark, for the parameter of that name; null for the beginning.</summary>
    public string? AfterValue { get; set; }

    /// <summary>Whether rows arrive in the order of watermark columns.</summary>
    public bool IsKeyed => _options.WatermarkColumns.Count > 0;

    /// <summary>Whether rows with a null in a watermark column are read first, by a separate statement.</summary>
    public bool ReadsNulls => IsKeyed && _options.NullWatermark != NullWatermark.Exclude;

    /// <summary>Checks a call as far as possible without its database.</summary>
    /// <exception cref="EtlException">The call cannot work.</exception>
    public static SqlPlan Make(SqlSourceOptions options)
    {
        if (options.Query is not null && OnlyWithTable(options) is { } ofTables)
            throw QueryFailures.NotWithQuery(ofTables);
        string text = options.Query ?? options.Where ?? "";
        IDialect dialect = Dialects.Get(options.Target);
        bool isPostgres = dialect is PostgresDialect;
        bool isSqlite = dialect is SqliteDialect;
        var read = SqlText.Read(text, isPostgres);
        string parameter = options.Query is null ? "-Where" : "-Query";
        if (options.Query is not null && read.IsEmpty)
            throw QueryFailures.Invalid("-Query is empty.");
        if (options.Query?.Trim() is { } word && word.All(c => char.IsLetterOrDigit(c) || c is '_' or '.'))
            throw QueryFailures.OneWord(word);
        if (read.HasSeveralStatements || (options.Query is null && text.Contains(';', StringComparison.Ordinal) && SqlText.Read(text + " x", isPostgres).HasSeveralStatements))
            throw options.Query is null ? QueryFailures.Invalid("-Where contains a semicolon. Give only the condition.") : QueryFailures.SeveralStatements;
        if (options.Query is null && !read.HasMatchingBrackets)
            throw QueryFailures.Invalid("-Where has a bracket too many, or one too few. Give one whole condition.");
        if ((isPostgres ? read.Numbered : isSqlite ? read.OfSqlite : null) is { } other)
            throw QueryFailures.Invalid(other.StartsWith("::", StringComparison.Ordinal)
                ? $"{parameter} has the cast {other}, which only PostgreSQL knows. Write CAST(value AS type)."
                : $"{parameter} has the parameter {other}. Parameters have names: write @name, and give its value with -Parameter @{{ name = … }}.");
        foreach (string name in read.Parameters)
        {
            if (!options.Parameters.ContainsKey(name) && !string.Equals(name, Watermark, StringComparison.OrdinalIgnoreCase))
                throw QueryFailures.Invalid($"{parameter} names the parameter @{name}, which -Parameter does not contain. Add it: -Parameter @{{ {name} = … }}.{NearName.Hint(name, [.. options.Parameters.Keys])}");
        }
        foreach (string name in options.Parameters.Keys)
        {
            if (!read.Parameters.Contains(name, StringComparer.OrdinalIgnoreCase))
                throw QueryFailures.Invalid($"-Parameter has '{name}', which {parameter} does not use. Write it there as @{name}.{NearName.Hint(name, [.. read.Parameters])}");
        }
        if (options.Watermarks.Count > 0 && options.WatermarkColumns.Count == 0 && !read.Parameters.Contains(Watermark, StringComparer.OrdinalIgnoreCase))
        {
            throw QueryFailures.Invalid(options.Query is null
                ? "-ResumeFrom needs ordered rows: name the columns to order by with -WatermarkColumn."
                : "-ResumeFrom with -Query goes where the query says @watermark, as in: WHERE updated_at > @watermark OR @watermark IS NULL.");
        }
        if (options.WatermarkColumns.Count == 0 && OnlyWithKeys(options) is { } alone)
            throw QueryFailures.Invalid($"{alone} is about the columns of -WatermarkColumn, which is missing. Add it, or leave out {alone}.");
        return new SqlPlan(options, options.Table is null ? null : TableName.Parse(options.Table), read.Parameters, SqlParameters.Read(options.Parameters, takesLists: isPostgres));
    }

    /// <summary>A parameter that means nothing without a table; null if there is none.</summary>
    private static string? OnlyWithTable(SqlSourceOptions options) =>
        options.WatermarkColumns.Count > 0 ? "-WatermarkColumn"
        : options.Columns.Count > 0 ? "-Column"
        : options.Where is not null ? "-Where"
        : OnlyWithKeys(options);

    /// <summary>A parameter that means nothing without watermark columns; null if there is none.</summary>
    private static string? OnlyWithKeys(SqlSourceOptions options) =>
        options.Until is not null ? "-Until"
        : options.WatermarkLag != TimeSpan.Zero ? "-WatermarkLag"
        : options.NullWatermark != NullWatermark.Error ? "-NullWatermark"
        : null;

    /// <summary>A statement that returns the columns but no rows; null for a query, which runs as it is.</summary>
    public string? Describe(QuerySession session) => _table is null ? null : $"SELECT {Columns(session)} FROM {session.Quote(_table)} WHERE 1 = 0";

    /// <summary>Stores the columns, which each later statement names, and the types of the watermark columns.</summary>
    /// <exception cref="EtlException">A column does not exist, or cannot be ordered.</exception>
    public void Take(DbDataReader reader, Schema schema)
    {
        _names = schema.Names;
        _types = new string[_options.WatermarkColumns.Count];
        for (int i = 0; i < _types.Length; i++)
        {
            string name = _options.WatermarkColumns[i];
            int index = schema.IndexOf(name);
            if (index < 0)
                throw new EtlException(
                    FailureCodes.UnknownColumn, FailureKind.InvalidCall,
                    $"-WatermarkColumn names the column '{name}', which is not among those that are read: {string.Join(", ", schema.Names)}.{NearName.Hint(name, schema.Names)}");
            _types[i] = reader.GetDataTypeName(index);
            Type type = reader.GetFieldType(index);
            if (!KeysetCursor.Takes(type) && type != typeof(object))
                throw QueryFailures.Invalid($"-WatermarkColumn '{name}' has the type {_types[i]}, whose values cannot be ordered. Use a number, a text, a time or an identifier.");
            if (i == 0 && _options.WatermarkLag > TimeSpan.Zero && (type.IsPrimitive || type == typeof(decimal) || type == typeof(Guid)))
                throw NoTime(name);
            if (i == 0 && _options.Until is { } until && (type.IsPrimitive || type == typeof(decimal)) && WatermarkValue.Of(until) is not { IsNumber: true })
                throw QueryFailures.Invalid($"-Until is no number, and the first column of -WatermarkColumn, '{name}', has numbers ({_types[i]}). Give a number.");
        }
    }

    /// <summary>The values of the parameters that -Where names, as text for a fingerprint; empty if it names none.</summary>
    public string ParametersText => _table is null ? "" : string.Concat(Given().Select(given => $" @{given.Name}={given.Value switch
    {
        byte[] bytes => Convert.ToHexString(bytes),
        Array array => string.Join(',', array.Cast<object?>().Select(InvariantText.Of)),
        var value => InvariantText.Of(value),
    }}"));

    /// <summary>The statement for the rows with a null, or another value without a place in the order, in a watermark column.</summary>
    public DbCommand Nulls(QuerySession session) => session.NewCommand(
        $"SELECT {Columns(session)} FROM {session.Quote(_table!)} WHERE ({Join(session, " OR ", "{0} IS NULL", " OR {0} IN ({1})")}){Where}", Given());

    /// <summary>The statement for the rows.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="after">The values of the watermark columns after which to start; null for the beginning.</param>
    /// <param name="lag">How far before the first of them to start.</param>
    /// <param name="isInclusive">Whether rows with exactly these values are read too.</param>
    public DbCommand Rows(QuerySession session, object[]? after, TimeSpan lag, bool isInclusive)
    {
        if (_table is null)
            return session.NewCommand(_options.Query!, Given());
        if (!IsKeyed)
            return session.NewCommand($"SELECT {Columns(session)} FROM {session.Quote(_table)}{(_options.Where is null ? "" : $" WHERE ({_options.Where}\n)")}", Given());
        var parameters = Given().ToList();
        string condition = Join(session, " AND ", "{0} IS NOT NULL", " AND {0} NOT IN ({1})") + Where;
        if (after is not null)
            condition += $" AND {After(session, after, lag, isInclusive, parameters)}";
        if (_options.Until is { } until)
        {
            parameters.Add(new SqlParameterValue(Until, until, _types[0]));
            condition += $" AND {session.Quote(_options.WatermarkColumns[0])} < @{Until}";
        }
        return session.NewCommand(
            $"SELECT {Columns(session)} FROM {session.Quote(_table)} WHERE {condition} ORDER BY {Join(session, ", ", "{0}")}", parameters);
    }

    private string Where => _options.Where is null ? "" : $" AND ({_options.Where}\n)";

    private string Columns(QuerySession session) => _names.Count == 0 ? "*" : string.Join(", ", _names.Select(session.Quote));

    /// <summary>Text for each watermark column, and more for those that may have values without a place in the order.</summary>
    private string Join(QuerySession session, string between, string format, string ofPlaceless = "") => string.Join(
        between, _options.WatermarkColumns.Select((name, i) => session.Placeless(_types[i]) is { } placeless
            ? string.Format(CultureInfo.InvariantCulture, format + ofPlaceless, session.Quote(name), placeless)
            : string.Format(CultureInfo.InvariantCulture, format, session.Quote(name))));

    private IEnumerable<SqlParameterValue> Given()
    {
        foreach (string name in _parameters)
        {
            yield return _values.TryGetValue(name, out object? value)
                ? new SqlParameterValue(name, value)
                : new SqlParameterValue(name, AfterValue, IsWatermark: true);
        }
    }

    /// <summary>The condition for the rows after given values.</summary>
    private string After(QuerySession session, object[] after, TimeSpan lag, bool isInclusive, List<SqlParameterValue> parameters)
    {
        string[] columns = [.. _options.WatermarkColumns.Select(session.Quote)];
        if (lag > TimeSpan.Zero)
        {
            parameters.Add(new SqlParameterValue($"{KeyPrefix}0", Earlier(after[0], lag, _options.WatermarkColumns[0]), _types[0]));
            return $"{columns[0]} >= @{KeyPrefix}0";
        }
        for (int i = 0; i < columns.Length; i++)
            parameters.Add(new SqlParameterValue(FormattableString.Invariant($"{KeyPrefix}{i}"), after[i], _types[i]));
        string than = isInclusive ? ">=" : ">";
        string[] values = [.. Enumerable.Range(0, columns.Length).Select(i => FormattableString.Invariant($"@{KeyPrefix}{i}"))];
        if (columns.Length == 1)
            return $"{columns[0]} {than} {values[0]}";
        return session.ComparesRows
            ? $"({string.Join(", ", columns)}) {than} ({string.Join(", ", values)})"
            : $"({string.Join(" OR ", Enumerable.Range(0, columns.Length).Select(Level))})";

        // The earlier columns are equal, and this one is larger.
        string Level(int last) => $"({string.Concat(Enumerable.Range(0, last).Select(i => $"{columns[i]} = {values[i]} AND "))}{columns[last]} {(last == columns.Length - 1 ? than : ">")} {values[last]})";
    }

    private static object Earlier(object value, TimeSpan lag, string column) => value switch
    {
        DateTime time => time - DateTime.MinValue > lag ? time - lag : DateTime.MinValue,
        DateTimeOffset time => time.UtcDateTime - DateTime.MinValue > lag ? time - lag : DateTimeOffset.MinValue,
        DateOnly day => day.DayNumber > lag.TotalDays ? day.AddDays(-(int)Math.Ceiling(lag.TotalDays)) : DateOnly.MinValue,
        string text when WatermarkValue.Parse(text) is { IsTimeOfKnownForm: true } time => time.Less(lag),
        _ => throw NoTime(column),
    };

    private static EtlException NoTime(string column) =>
        QueryFailures.Invalid($"-WatermarkLag needs a time in the first column of -WatermarkColumn, and '{column}' is not a time.");
}
