using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Security;
using EtlTools.Cmdlets.Arguments;
using EtlTools.Engine.Load;

namespace EtlTools.Cmdlets.Completion;

/// <summary>The known parts of a command line that is being typed. Nothing of it is executed: only arguments that are constants or
/// variables are used.</summary>
internal sealed class TypedLine
{
    private static readonly string[] Connecting = ["Provider", "ConnectionString", "SqlitePath", "ServerInstance", "SqlInstance", "Database", "Credential", "SqlCredential", "AccessToken"];

    private static readonly string[] Naming = ["ConnectionString", "SqlitePath", "ServerInstance", "SqlInstance"];

    private readonly CommandAst _command;
    private readonly SessionState _session;

    private TypedLine(string name, CommandAst command, IDictionary known, SessionState session)
    {
        Name = name;
        _command = command;
        _session = session;
        Arguments = new Hashtable(known, StringComparer.OrdinalIgnoreCase);
        foreach (VariableExpressionAst splat in command.CommandElements.OfType<VariableExpressionAst>().Where(element => element.Splatted))
        {
            foreach (DictionaryEntry entry in Variable(splat) as IDictionary ?? new Hashtable())
                Arguments[Parameter(entry.Key.ToString()!)] ??= entry.Value;
        }
    }

    /// <summary>The command's name.</summary>
    public string Name { get; }

    /// <summary>The arguments of the command, by their parameters.</summary>
    public Hashtable Arguments { get; }

    /// <summary>Reads the command that the cursor is in.</summary>
    /// <param name="name">The command's name.</param>
    /// <param name="command">The command.</param>
    /// <param name="known">The arguments that PowerShell has read.</param>
    public static TypedLine Read(string name, CommandAst command, IDictionary known)
    {
        using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        return new TypedLine(name, command, known, shell.AddScript("$ExecutionContext.SessionState").Invoke<SessionState>()[0]);
    }

    /// <summary>An argument as text, or null.</summary>
    public string? Text(string parameter) => ValueUnwrapper.Unwrap(Arguments[parameter])?.ToString() is { Length: > 0 } text ? text : null;

    /// <summary>An argument as texts; empty if it is not given.</summary>
    public IEnumerable<string> Texts(string parameter) => ValueUnwrapper.Unwrap(Arguments[parameter]) switch
    {
        null => [],
        IEnumerable items and not string => items.Cast<object?>().Select(item => item?.ToString() ?? ""),
        object one => [one.ToString()!],
    };

    /// <summary>The first file that -LiteralPath or -Path names, or null.</summary>
    public string? File() =>
        Texts("LiteralPath").Select(path => SessionPath.Full(_session.Path, path, "-LiteralPath"))
            .Concat(Texts("Path").SelectMany(path => SessionPath.Find(_session.Path, path, "-Path")))
            .FirstOrDefault();

    /// <summary>The nearest command before this one in its pipeline that has this name, or null.</summary>
    public TypedLine? Before(string name)
    {
        CommandAst? found = (_command.Parent as PipelineAst)?.PipelineElements
            .TakeWhile(element => element != _command).OfType<CommandAst>()
            .LastOrDefault(element => string.Equals(element.GetCommandName(), name, StringComparison.OrdinalIgnoreCase));
        if (found is null)
            return null;
        var arguments = new Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach ((string parameter, ParameterBindingResult argument) in StaticParameterBinder.BindCommand(found).BoundParameters)
            arguments[parameter] = argument.ConstantValue ?? ValueOf(argument.Value);
        return new TypedLine(name, found, arguments, _session);
    }

    /// <summary>The database that the line names; null if it names none, or if a part of the connection cannot be read.</summary>
    public TargetOptions? Target()
    {
        StaticBindingResult named = StaticParameterBinder.BindCommand(_command);
        if (!Array.Exists(Naming, Arguments.Contains) || Array.Exists(Connecting, parameter => named.BoundParameters.ContainsKey(parameter) && !Arguments.Contains(parameter)))
            return null;
        object? credential = ValueUnwrapper.Unwrap(Arguments["SqlCredential"] ?? Arguments["Credential"]);
        object? token = ValueUnwrapper.Unwrap(Arguments["AccessToken"]);
        // With a user name alone, PowerShell would ask for the password.
        if (credential is not (null or PSCredential) || token is not (null or SecureString))
            return null;
        (string provider, string connectionString, string? server, string? database) = (Text("Provider") ?? "", Text("ConnectionString") ?? "", Text("ServerInstance"), Text("Database"));
        bool isFile = ConnectionArguments.IsFileInPlaceOfServer(server, provider, connectionString, database);
        return new TargetOptions
        {
            Provider = provider,
            ConnectionString = connectionString,
            Server = Text("SqlInstance") ?? (isFile ? null : server),
            Database = database,
            SqlitePath = (Text("SqlitePath") ?? (isFile ? server : null)) is { } path ? SessionPath.Full(_session.Path, path, "-SqlitePath") : null,
            Credential = ConnectionArguments.Credential(credential as PSCredential),
            Specific = ConnectionArguments.SqlServer(Text("Encrypt"), LanguagePrimitives.IsTrue(Arguments["TrustServerCertificate"]), token as SecureString, Arguments.Contains("SqlInstance"), Arguments.Contains("SqlCredential")),
            BaseDirectory = _session.Path.CurrentFileSystemLocation.ProviderPath,
        };
    }

    private static string Parameter(string name) => name.ToUpperInvariant() switch
    {
        "SERVER" or "DATASOURCE" => "ServerInstance",
        _ => name,
    };

    private object? ValueOf(CommandElementAst? argument)
    {
        if (argument is VariableExpressionAst { Splatted: false } variable)
            return Variable(variable);
        try
        {
            return argument?.SafeGetValue();
        }
        catch (InvalidOperationException)
        {
            // Its value would be known only by running it.
            return null;
        }
    }

    private object? Variable(VariableExpressionAst variable) => ValueUnwrapper.Unwrap(_session.PSVariable.GetValue(variable.VariablePath.UserPath));
}
