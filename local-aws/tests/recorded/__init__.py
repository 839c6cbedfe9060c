"""Facts about AWS's answers, recorded from real accounts; local_aws must give the same answers.

A JSON file holds the facts of one service. A fact has:

``fact``
    What AWS answers, in a sentence; unique in its file.
``source``
    The snapshot of a real account that shows it: file, test and date. The files are in the repository
    ``localstack/localstack``, under ``tests/aws/services``.
``setup``
    The calls to make first, if any.
``call``
    The call whose answer is the fact. A call has ``operation`` and ``request``, and ``service`` if it is not the
    file's; ``wait`` instead of ``operation`` names a waiter of botocore.
``answer``, ``error``, ``status``
    The expected members of the answer and of its ``Error``, and the HTTP status. Calls of the setup may have them too.
    Other members are not compared; null means that a member must be absent.

``{{name}}`` is a placeholder, in requests and in answers. The runner sets ``account``, ``region``, ``name`` (of a
resource, different for each fact), ``role`` (the ARN of a role of that name) and ``zip`` (a deployment package). Any
other placeholder takes the value that it first meets in an answer. ``{{a*3}}`` stands for ``aaa``. Where the API has a
string, a structure is sent and compared as JSON.

The snapshots leave out the position that EventBridge adds to the reason of an invalid pattern; so do the facts.
"""
