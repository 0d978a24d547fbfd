namespace EtlTools.Engine.Extract.Sql;

/// <summary>What can be said about an SQL text without its database: whether it is one statement, and which parameters it uses.</summary>
internal sealed class SqlText
{
    private readonly List<string> _parameters = [];

    private SqlText()
    {
    }

    /// <summary>Whether there are only blanks and comments.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Whether more text follows the semicolon of the first statement.</summary>
    public bool HasSeveralStatements { get; private set; }

    /// <summary>Whether each bracket that opens is closed, and none else.</summary>
    public bool HasMatchingBrackets { get; private set; } = true;

    /// <summary>The parameters, as they are written but without @, each once.</summary>
    public IReadOnlyList<string> Parameters => _parameters;

    /// <summary>The first parameter with a number, such as $1; null if there is none.</summary>
    public string? Numbered { get; private set; }

    /// <summary>The first parameter in another of SQLite's notations, such as ?, :name or $name; null if there is none. Other databases have
    /// operators with these characters.</summary>
    public string? OfSqlite { get; private set; }

    /// <summary>Reads a text. Quoted names, strings and comments are skipped, in the notation of all databases.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isPostgres">Whether brackets are those of arrays, not of names, and E'…' has escapes.</param>
    public static SqlText Read(string text, bool isPostgres)
    {
        var read = new SqlText();
        bool hasEnded = false;
        int depth = 0;
        for (int at = 0; at < text.Length;)
        {
            int end = EndOfQuoted(text, at, isPostgres, out bool isComment);
            if (char.IsWhiteSpace(text[at]) || isComment)
            {
                at = Math.Max(end, at + 1);
                continue;
            }
            read.HasSeveralStatements |= hasEnded && text[at] != ';';
            hasEnded |= text[at] == ';';
            read.IsEmpty &= text[at] == ';';
            depth += text[at] switch { '(' => 1, ')' => -1, _ => 0 };
            read.HasMatchingBrackets &= depth >= 0;
            if (end > at)
                at = end;
            else if (text[at] == '@')
                at = read.TakeParameter(text, at);
            else
                at = read.TakeName(text, at);
        }
        read.HasMatchingBrackets &= depth == 0;
        return read;
    }

    private int TakeName(string text, int at)
    {
        int end = EndOfName(text, at);
        if (text[at] == '$' && end > at + 1 && text.AsSpan((at + 1)..end).IndexOfAnyExceptInRange('0', '9') < 0)
            Numbered ??= text[at..end];
        if (text[at] is '?' or ':' or '$')
        {
            // :name, or the cast ::type of PostgreSQL.
            int last = end;
            while (text[at] == ':' && last < text.Length && (text[last] == ':' || IsNamePart(text[last])))
                last++;
            OfSqlite ??= text[at..last];
        }
        return end;
    }

    private int TakeParameter(string text, int at)
    {
        int end = at + 1;
        // @@ begins a server variable, and other combinations are operators.
        if (end < text.Length && text[end] == '@')
            return EndOfName(text, end + 1);
        while (end < text.Length && IsNamePart(text[end]))
            end++;
        string name = text[(at + 1)..end];
        if (name.Length > 0 && !char.IsAsciiDigit(name[0]) && !_parameters.Contains(name, StringComparer.OrdinalIgnoreCase))
            _parameters.Add(name);
        return end;
    }

    /// <summary>The end of a word, so that an @ inside it is not a parameter; otherwise the next character.</summary>
    private static int EndOfName(string text, int at)
    {
        int end = at;
        while (end < text.Length && (IsNamePart(text[end]) || (end > at && text[end] == '@')))
            end++;
        return Math.Max(end, Math.Min(at + 1, text.Length));
    }

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '$' or '#';

    /// <summary>The end of the quoted text or comment that starts here; the position itself if none does.</summary>
    private static int EndOfQuoted(string text, int at, bool isPostgres, out bool isComment)
    {
        string rest = text.Length - at > 1 ? text.Substring(at, 2) : "";
        isComment = rest is "--" or "/*";
        return rest switch
        {
            "--" => Behind(text, "\n", at),
            "/*" => EndOfComment(text, at),
            _ => text[at] switch
            {
                '\'' when isPostgres && HasEscapes(text, at) => EndOfEscaped(text, at),
                '\'' or '"' or '`' => EndOfQuotes(text, at, text[at]),
                '[' when !isPostgres => EndOfQuotes(text, at, ']'),
                '$' => EndOfDollars(text, at),
                _ => at,
            },
        };
    }

    private static int EndOfQuotes(string text, int at, char close)
    {
        int end = text.IndexOf(close, at + 1);
        // A doubled quote is a literal one.
        while (end >= 0 && end + 1 < text.Length && text[end + 1] == close)
            end = text.IndexOf(close, end + 2);
        return end < 0 ? text.Length : end + 1;
    }

    /// <summary>Whether the quote belongs to PostgreSQL's E'…'.</summary>
    private static bool HasEscapes(string text, int at) =>
        at > 0 && text[at - 1] is ('E' or 'e') && (at == 1 || !IsNamePart(text[at - 2]));

    private static int EndOfEscaped(string text, int at)
    {
        int end = at + 1;
        while (end < text.Length && (text[end] != '\'' || (end + 1 < text.Length && text[end + 1] == '\'')))
            end += text[end] is '\\' or '\'' ? 2 : 1;
        return Math.Min(end + 1, text.Length);
    }

    private static int EndOfComment(string text, int at)
    {
        int depth = 0;
        for (int end = at; end + 1 < text.Length; end++)
        {
            if (text[end] == '/' && text[end + 1] == '*')
                depth += end++ >= at ? 1 : 0;
            else if (text[end] == '*' && text[end + 1] == '/' && --depth == 0)
                return end + 2;
        }
        return text.Length;
    }

    /// <summary>PostgreSQL's $tag$ … $tag$.</summary>
    private static int EndOfDollars(string text, int at)
    {
        int close = at + 1;
        while (close < text.Length && (char.IsLetterOrDigit(text[close]) || text[close] == '_'))
            close++;
        return close < text.Length && text[close] == '$' && (close == at + 1 || !char.IsAsciiDigit(text[at + 1]))
            ? Behind(text, text[at..(close + 1)], close + 1)
            : at;
    }

    private static int Behind(string text, string mark, int from)
    {
        int found = text.IndexOf(mark, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + mark.Length;
    }
}
