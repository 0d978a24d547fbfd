using System.Text;

namespace EtlTools.Engine.Load;

/// <summary>How the records' names are converted for a table.</summary>
internal enum NameCase
{
    /// <summary>They stay as they are.</summary>
    AsIs,

    /// <summary>In small letters.</summary>
    Lower,

    /// <summary>In small letters, with _ between words: OrderDate and 'Order Date' become order_date.</summary>
    Snake,
}

/// <summary>Folds names.</summary>
internal static class NameFold
{
    public static string Of(string name, NameCase how) => how switch
    {
        NameCase.Lower => name.ToLowerInvariant(),
        NameCase.Snake => Snake(name),
        _ => name,
    };

    /// <summary>A table name as -Table takes it. Its schema exists already, and keeps its name.</summary>
    public static string OfTable(string table, NameCase how)
    {
        if (how == NameCase.AsIs)
            return table;
        var name = TableName.Parse(table);
        return (name with { Name = Of(name.Name, how) }).ToArgument();
    }

    private static string Snake(string name)
    {
        var snake = new StringBuilder(name.Length + 8);
        for (int i = 0; i < name.Length; i++)
        {
            char c = name[i];
            if (!char.IsLetterOrDigit(c) && !char.IsSurrogate(c))
                c = '_';
            bool startsWord = char.IsUpper(c) && i > 0
                && (char.IsLower(name[i - 1]) || char.IsDigit(name[i - 1]) || (char.IsUpper(name[i - 1]) && i + 1 < name.Length && char.IsLower(name[i + 1])));
            if (startsWord || c == '_')
                Break(snake);
            if (c != '_')
                snake.Append(char.ToLowerInvariant(c));
        }
        string text = snake.ToString().TrimEnd('_');
        return text.Length > 0 ? text : name;
    }

    private static void Break(StringBuilder snake)
    {
        if (snake.Length > 0 && snake[^1] != '_')
            snake.Append('_');
    }
}
